// Reads a user's files as one stream of checked UTF-8 text, without ever holding them: plain text as it is, JSON lines
// as the documents they carry.
import { Utf8Reader } from "./encoding.ts";
import { isJsonLines, JsonLines } from "./json-lines.ts";
import { SEPARATOR } from "./manifest.ts";
import { makePause, type ProgressOptions } from "./progress.ts";

/** A file of the user's own; its name says whether it holds JSON lines. */
export interface TextFile {
  readonly name: string;
  readonly file: Blob;
}

/** A stretch of text; `ends` are the places in it where a document (with its separator) ends. */
interface TextChunk {
  bytes: Uint8Array;
  ends: number[];
  /** Lines of JSON without a text, up to here. */
  skipped: number;
}

/** Bytes of a file read at once; a multiple of 4. */
const SLICE = 4 << 20;

/**
 * The text of the files, in order. One plain text is one document without separator; among several each is a document
 * that a separator follows, and so is every line of JSON lines. Byte order marks are left out wherever they stand.
 * `onProgress` counts bytes of the files. Throws LabError "corpus" when a file is binary, not UTF-8, or (naming the line)
 * not JSON lines with text.
 */
export async function* readText(
  files: readonly TextFile[],
  options: ProgressOptions = {},
): AsyncGenerator<TextChunk> {
  const pause = makePause(options.signal);
  const total = bytesOf(files);
  let done = 0;
  let skipped = 0;
  for (const { name, file } of files) {
    const reader = new Utf8Reader(name);
    const source = isJsonLines(name) ? new JsonLines(name) : new PlainText(files.length > 1);
    for (let at = 0; at < file.size; at += SLICE) {
      await pause();
      const bytes = new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer());
      const last = at + SLICE >= file.size;
      const text = reader.read(bytes, last);
      const chunk =
        source instanceof PlainText ? source.take(text, last) : joined(source.take(text, last).map(closed));
      yield { ...chunk, skipped: skipped + source.skipped };
      done += bytes.length;
      options.onProgress?.({ stage: "reading", done, total });
    }
    skipped += source.skipped;
  }
}

/** Bytes of all files. */
export const bytesOf = (files: readonly TextFile[]): number =>
  files.reduce((sum, { file }) => sum + file.size, 0);

/** A document with what follows it. */
const closed = (document: string): string =>
  (document.endsWith("\n") ? document : `${document}\n`) + SEPARATOR;

const encoder = new TextEncoder();

function joined(documents: readonly string[]): Pick<TextChunk, "bytes" | "ends"> {
  const parts = documents.map((document) => encoder.encode(document));
  const ends: number[] = [];
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    ends.push((at += part.length));
  }
  return { bytes, ends };
}

class PlainText {
  readonly skipped = 0;
  readonly #separated: boolean;
  #end = "\n"; // the last character so far

  constructor(separated: boolean) {
    this.#separated = separated;
  }

  take(text: string, last: boolean): Pick<TextChunk, "bytes" | "ends"> {
    this.#end = text.at(-1) ?? this.#end;
    if (!last) return { bytes: encoder.encode(text), ends: [] };
    const bytes = encoder.encode(
      this.#separated ? `${text}${this.#end === "\n" ? "" : "\n"}${SEPARATOR}` : text,
    );
    return { bytes, ends: [bytes.length] };
  }
}
