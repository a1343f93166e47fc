// Frees room in the browser's cache storage. The page's own files stay: without them the page does not open offline.

/**
 * Empties the first of these caches that holds anything but the text with hash `keep`. Resolves with false when none does.
 * `names` begins with the data that are the easiest to make or to fetch again.
 */
export async function evictNext(
  storage: CacheStorage,
  names: readonly string[],
  keep: string | null,
): Promise<boolean> {
  const kept = keep === null ? null : encodeURIComponent(keep);
  for (const name of names) {
    if (!(await storage.has(name))) continue;
    const cache = await storage.open(name);
    const old = (await cache.keys()).filter(({ url }) => kept === null || !url.endsWith(kept));
    for (const request of old) await cache.delete(request);
    if (old.length > 0) return true;
  }
  return false;
}
