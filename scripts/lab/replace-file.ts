// Replaces a file atomically: a reader finds the complete old or new file, at any moment and after any crash.
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes to a temporary file beside it, waits until that is on the disk, calls `room` to clear the place, and renames.
 * Rejects with a one-line error: the complete old file is then still there, or the new one if only its folder was not
 * synced.
 */
export async function replaceFile(
  path: string,
  bytes: Uint8Array | string,
  room: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.part`);
  try {
    const file = await open(draft, "w");
    try {
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await room();
      await rename(draft, path);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
    await syncFolder(dirname(path));
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new Error(`${path} cannot be written (${code ?? message})`, { cause });
  }
}

/** Syncs the folder, because a rename is stored there. Windows cannot sync a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
