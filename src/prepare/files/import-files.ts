// Makes a corpus of a user's files of any kind: unpacked first, then read as texts.
import type { Corpus } from "../corpus/corpus.ts";
import { importTexts, type ImportOptions } from "../corpus/import.ts";
import type { TextFile } from "../corpus/text-source.ts";
import { unpack, type UnpackOptions } from "./unpack.ts";

/**
 * The corpus of plain texts, JSON lines, Parquet, gzip and zip files and of folders (files whose names have a slash),
 * joined in order. See importTexts for its splits and limits. Throws LabError "corpus" or "cancelled".
 */
export async function importFiles(
  files: readonly TextFile[],
  options: ImportOptions & UnpackOptions = {},
): Promise<Corpus> {
  const { texts, leftOut } = await unpack(files, options);
  const names = [...new Set(files.map(({ name }) => labelOf(name)))];
  const origins = files.flatMap(({ origin }) => (origin === undefined ? [] : [origin]));
  return importTexts(texts, { ...options, sources: { names, origins, leftOut } });
}

/** A file by its name, all files of a folder by the folder's. */
const labelOf = (name: string): string =>
  name.includes("/") ? `${name.slice(0, name.indexOf("/"))}/` : name;
