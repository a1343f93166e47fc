// Asks the browser not to evict the repository when the disk fills up.

/**
 * True when the site's storage is persistent, also if only from now on; false when the browser refuses or cannot tell.
 */
export async function persistStorage(): Promise<boolean> {
  // Absent in insecure contexts, and `persist` in workers of some browsers, although the types promise both.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  if (storage === undefined) return false;
  if ((await storage.persisted?.()) === true) return true;
  return (await storage.persist?.()) ?? false;
}
