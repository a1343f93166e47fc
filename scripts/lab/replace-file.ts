// Replaces a file so that whoever reads it, at any moment and after any crash, finds the old or the new one whole.
import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Writes beside the file, waits until it is on the disk, makes `room` for it and renames. Rejects with one line, and then
 * the old file is there.
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

/** A rename is in the folder. Windows has no such thing to wait for. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
