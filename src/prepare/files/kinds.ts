// What a file holds, by the end of its name.

export type Kind = "text" | "gzip" | "zip" | "parquet";

const ENDS: Readonly<Record<Exclude<Kind, "text">, readonly string[]>> = {
  gzip: ["gz"],
  zip: ["zip"],
  parquet: ["parquet"],
};

/** Ends of plain text: JSON lines, prose, and sources, which are text as well. */
const TEXT = new Set(
  (
    "txt text md markdown rst tex org adoc log jsonl ndjson " +
    "c cc cpp cs css glsl go h hpp hs html java jl js jsx kt lua mjs ml php pl py r rb rs scala sh sql swift toml " +
    "ts tsx wgsl yaml yml"
  ).split(" "),
);

/** The last part of a name, in lower case: `txt` of `a/Book.TXT`; "" if it has none. */
export function endOf(name: string): string {
  const file = name.slice(name.lastIndexOf("/") + 1);
  const at = file.lastIndexOf(".");
  return at > 0 ? file.slice(at + 1).toLowerCase() : "";
}

/** The kind of a file; null for one that the lab does not read. */
export function kindOf(name: string): Kind | null {
  const end = endOf(name);
  for (const kind of ["gzip", "zip", "parquet"] as const) if (ENDS[kind].includes(end)) return kind;
  return TEXT.has(end) ? "text" : null;
}

const ARCHIVES = new Set("tar tgz 7z rar xz bz2 zst lz4".split(" "));
const DOCUMENTS = new Set(
  "pdf doc docx epub mobi odt rtf ppt pptx xls xlsx png jpg jpeg gif webp mp3 mp4 exe".split(" "),
);

/** Whether the name is that of an archive that the lab does not read. */
export const isArchive = (name: string): boolean => ARCHIVES.has(endOf(name)) || /\.tar\.\w+$/i.test(name);

/** Whether the name says that the file is no text and holds none that the lab can read. */
export const isForeign = (name: string): boolean => isArchive(name) || DOCUMENTS.has(endOf(name));

/** Whether a file of a folder is none of its texts: `.git/config`, `.DS_Store`, what a Mac adds to archives. */
export const isHidden = (name: string): boolean =>
  name.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");

/** The kinds in words, for refusals. */
export const READABLE = "a text (.txt, .md, .jsonl, source code), .parquet, .gz or .zip";
