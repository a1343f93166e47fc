// The files behind a drop, a chooser or a chosen folder, named by their paths.

import type { TextFile } from "../../research/index.ts";

/** The page's one chooser of files (FileInput.tsx). */
export const FILE_INPUT_ID = "text-file";

/** Files of a folder that the reader chose; their paths begin with its name. */
export const inFolder = (files: readonly File[]): readonly TextFile[] =>
  files.map((file) => ({ name: file.webkitRelativePath || file.name, file })).sort(byName);

/**
 * What was dropped, in order; the files of a folder by their paths. Call it in the event's own turn: afterwards the
 * browser takes the list away.
 */
export function filesOf(dropped: DataTransfer): Promise<readonly TextFile[]> {
  const entries = [...dropped.items].map((item) => ({
    entry: item.kind === "file" ? item.webkitGetAsEntry() : null,
    file: item.kind === "file" ? item.getAsFile() : null,
  }));
  return Promise.all(
    entries.map(async ({ entry, file }) => {
      if (entry?.isDirectory === true)
        return (await filesBelow(entry as FileSystemDirectoryEntry)).sort(byName);
      return file === null ? [] : [{ name: file.name, file }];
    }),
  ).then((lists) => lists.flat());
}

async function filesBelow(folder: FileSystemDirectoryEntry): Promise<TextFile[]> {
  const reader = folder.createReader();
  const found: TextFile[] = [];
  for (;;) {
    // The browser hands out a hundred entries at a time, and an empty list at the end.
    const entries = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (entries.length === 0) return found;
    for (const entry of entries) {
      if (entry.isDirectory) found.push(...(await filesBelow(entry as FileSystemDirectoryEntry)));
      else
        found.push({
          name: entry.fullPath.replace(/^\//, ""),
          file: await fileOf(entry as FileSystemFileEntry),
        });
    }
  }
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });

const byName = (a: TextFile, b: TextFile): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
