// Reads a user's files as one stream of checked UTF-8 text, without holding them in memory: plain text unchanged, JSON
// lines as documents.
import { TextReader } from "./text-reader.ts";
import { isJsonLines, JsonLines } from "./json-lines.ts";
import { SEPARATOR, type TextOrigin } from "./manifest.ts";
import { makePause, type ProgressOptions } from "./progress.ts";

/** A file of the user; the end of its name says what it holds, and a slash that it is part of a folder. */
export interface TextFile {
  readonly name: string;
  readonly file: Blob;
  /** Absent for a file from this machine. */
  readonly origin?: TextOrigin;
}

/** A chunk of text; `ends` are the positions in it at which a document (with its separator) ends. */
interface TextChunk {
  bytes: Uint8Array;
  ends: number[];
  /** Number of skipped lines of JSON without a text, up to here. */
  skipped: number;
}

/** Bytes of a file read at once; a multiple of 4. */
const SLICE = 4 << 20;

/**
 * The text of the files, in order. A single plain text is one document without a separator. Each of several files, and
 * each of the JSON lines, is a document followed by a separator. All byte order marks are removed. `onProgress` counts
 * bytes of the files. Throws LabError "corpus" if a file is binary, is not UTF-8, or has an invalid JSON line, which
 * the error names.
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
    const reader = new TextReader(name);
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

/** Total size of the files, in bytes. */
export const bytesOf = (files: readonly TextFile[]): number =>
  files.reduce((sum, { file }) => sum + file.size, 0);

/** A document with its separator. */
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
