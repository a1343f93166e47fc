// Reads a user's file as a stream of checked UTF-8 text, without ever holding the file: plain text as it is, JSON lines
// as the documents they carry.
import { LabError } from "../../error.ts";
import { SEPARATOR } from "./manifest.ts";
import { makePause, type ProgressOptions } from "./progress.ts";

/** A stretch of text; `ends` are the places in it where a document (with its separator) ends. */
export interface TextChunk {
  bytes: Uint8Array;
  ends: number[];
}

/** Bytes of the file read at once. */
const SLICE = 4 << 20;
/** A line of JSON that is longer is no document. In UTF-16 units. */
const MAX_LINE = 64 << 20;

/** Whether a file of this name holds one JSON value a line. */
export const isJsonLines = (name: string): boolean => /\.(jsonl|ndjson)$/i.test(name);

/**
 * The text of a file, in order. A plain text is one document without separator; every line of JSON lines is a document
 * that a separator follows. `onProgress` counts bytes of the file. Throws LabError "corpus" when the file is binary, not
 * UTF-8, or (naming the line) not JSON lines with text.
 */
export async function* readText(
  file: Blob,
  name: string,
  options: ProgressOptions = {},
): AsyncGenerator<TextChunk> {
  const pause = makePause(options.signal);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const lines = isJsonLines(name) ? new JsonLines(name) : null;
  for (let at = 0; at < file.size; at += SLICE) {
    await pause();
    let bytes = new Uint8Array(await file.slice(at, at + SLICE).arrayBuffer());
    const first = at === 0;
    if (first) refuseUtf16(bytes, name);
    if (first && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3);
    refuseBinary(bytes, at, name);
    const text = decodeSlice(decoder, bytes, at, at + SLICE >= file.size, name);
    if (lines) yield lines.take(text, at + SLICE >= file.size);
    else yield { bytes, ends: at + SLICE >= file.size ? [bytes.length] : [] };
    options.onProgress?.({ stage: "reading", done: Math.min(file.size, at + SLICE), total: file.size });
  }
}

function refuseUtf16(bytes: Uint8Array, name: string): void {
  const mark = bytes.length >= 2 ? bytes[0] * 256 + bytes[1] : 0;
  if (mark !== 0xfffe && mark !== 0xfeff) return;
  throw new LabError("corpus", {
    what: `${name} is not UTF-8`,
    got: "a UTF-16 byte order mark",
    hint: "save it as UTF-8 and drop it again",
  });
}

/** Text has tabs, line breaks, form feeds, now and then an escape; it has no NUL and hardly any other control byte. */
function refuseBinary(bytes: Uint8Array, offset: number, name: string): void {
  let odd = 0;
  for (let i = 0; i < bytes.length; i++) {
    const b = bytes[i];
    if (b >= 32 && b !== 127) continue;
    if (b === 9 || b === 10 || b === 12 || b === 13) continue;
    odd++;
    if (b === 0 || odd > 16 + bytes.length / 100) {
      throw new LabError("corpus", {
        what: `${name} is a binary file`,
        got:
          b === 0 ? `a zero byte at offset ${offset + i}` : `${odd} control bytes up to offset ${offset + i}`,
        expected: "plain text in UTF-8",
      });
    }
  }
}

function decodeSlice(
  decoder: TextDecoder,
  bytes: Uint8Array,
  at: number,
  last: boolean,
  name: string,
): string {
  try {
    return decoder.decode(bytes, { stream: !last });
  } catch (cause) {
    throw new LabError("corpus", {
      what: `${name} is not UTF-8`,
      got: `an invalid byte sequence between offsets ${at} and ${at + bytes.length}`,
      expected: "plain text in UTF-8",
      hint: "save it as UTF-8 and drop it again",
      cause,
    });
  }
}

/** Documents out of lines of JSON; a line may straddle slices. */
class JsonLines {
  private readonly name: string;
  private readonly encoder = new TextEncoder();
  private rest = "";
  private line = 0;

  constructor(name: string) {
    this.name = name;
  }

  take(text: string, last: boolean): TextChunk {
    const lines = (this.rest + text).split("\n");
    this.rest = last ? "" : (lines.pop() ?? "");
    if (this.rest.length > MAX_LINE) {
      throw this.wrong(this.line + 1, `a line over ${MAX_LINE >> 20} million characters`);
    }
    const parts: Uint8Array[] = [];
    const ends: number[] = [];
    let length = 0;
    for (const line of lines) {
      this.line++;
      if (line.trim() === "") continue;
      const document = this.document(line);
      if (document.trim() === "") continue;
      const bytes = this.encoder.encode((document.endsWith("\n") ? document : `${document}\n`) + SEPARATOR);
      parts.push(bytes);
      ends.push((length += bytes.length));
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { bytes, ends };
  }

  private document(line: string): string {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      throw this.wrong(this.line, `"${line.slice(0, 40)}"`, cause);
    }
    if (typeof value === "string") return value;
    if (typeof value === "object" && value !== null) {
      const { text, content } = value as { text?: unknown; content?: unknown };
      if (typeof text === "string") return text;
      if (typeof content === "string") return content;
    }
    throw this.wrong(this.line, `"${line.slice(0, 40)}"`);
  }

  private wrong(line: number, got: string, cause?: unknown): LabError {
    return new LabError("corpus", {
      what: `${this.name} line ${line}`,
      got,
      expected: 'a JSON object with a string "text" or "content", or a JSON string',
      cause,
    });
  }
}
