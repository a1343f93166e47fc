// The files behind `--text`: files, and all files of folders, named as in a dropped folder.
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";

export interface NamedFile {
  readonly path: string;
  /** Its own name, or its path from its folder's name on, with slashes. */
  readonly name: string;
}

export const isAddress = (text: string): boolean => /^https?:\/\//i.test(text);

/** Checks what `--text` names: an address alone, or files and folders. Throws a one-line Error. */
export function checkTexts(texts: readonly string[]): readonly string[] {
  if (texts.length > 1 && texts.some(isAddress))
    throw new Error("--text: an address cannot be joined with other texts");
  for (const path of texts) {
    if (isAddress(path)) continue;
    if (!existsSync(path)) throw new Error(`--text: no such file: ${path}`);
    if (statSync(path).isDirectory() && textFiles([path]).length === 0)
      throw new Error(`--text: no file in the folder ${path}`);
  }
  return texts;
}

/** The files, those of a folder in the order of their names; hidden ones are left out. */
export function textFiles(paths: readonly string[]): readonly NamedFile[] {
  return paths.flatMap((path) =>
    statSync(path).isDirectory() ? below(path, basename(resolve(path))) : [{ path, name: basename(path) }],
  );
}

function below(folder: string, name: string): NamedFile[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const inner = { path: join(folder, entry.name), name: `${name}/${entry.name}` };
      if (entry.isDirectory()) return below(inner.path, inner.name);
      return entry.isFile() ? [inner] : [];
    });
}
