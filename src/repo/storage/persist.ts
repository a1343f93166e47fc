// Asking the browser not to evict the repository when the disk fills up.

/** True when the site's storage is, or now became, persistent; false when the browser says no or cannot say. */
export async function persistStorage(): Promise<boolean> {
  // Absent in insecure contexts, and `persist` in workers of some browsers, whatever the types say.
  const storage = (navigator as { storage?: Partial<StorageManager> }).storage;
  if (storage === undefined) return false;
  if ((await storage.persisted?.()) === true) return true;
  return (await storage.persist?.()) ?? false;
}
