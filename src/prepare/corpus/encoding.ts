// Decodes and checks the bytes of a file as UTF-8, slice by slice. Errors name the invalid byte and its place, or the
// encoding that the file seems to have.
import { LabError } from "../../error.ts";

/** Removes byte order marks: some editors write one at the start of a file, and joined files have them inside. */
export const withoutMarks = (text: string): string => text.replaceAll("\ufeff", "");

/** Number of bytes of a slice from which its encoding is guessed; a multiple of 4. */
const LOOK = 1 << 16;

/** Decodes one file. Call `read` with its slices in order; the length of each but the last is a multiple of 4. */
export class Utf8Reader {
  readonly #name: string;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0; // bytes of the file read so far
  #lines = 0; // line feeds among them
  #open: Uint8Array = new Uint8Array(0); // the start of a character at the end of the last slice

  constructor(name: string) {
    this.#name = name;
  }

  /** The text of the next slice, without byte order marks. LabError "corpus" names the first invalid byte. */
  read(bytes: Uint8Array, last: boolean): string {
    if (this.#at === 0) this.#refuseMark(bytes);
    this.#refuseBinary(bytes);
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: !last });
    } catch (cause) {
      throw this.#notUtf8(bytes, last, cause);
    }
    this.#at += bytes.length;
    this.#lines += lineFeeds(bytes);
    this.#open = openEnd(bytes);
    return withoutMarks(text);
  }

  #refuseMark(bytes: Uint8Array): void {
    const encoding = markedEncoding(bytes);
    if (encoding !== null) throw this.#wrong(`a byte order mark of ${encoding}`);
  }

  /** Refuses binary files. Text has tabs, line breaks, form feeds, rarely an escape or other controls, and no NUL. */
  #refuseBinary(bytes: Uint8Array): void {
    let odd = 0;
    for (let i = 0; i < bytes.length; i++) {
      const b = bytes[i];
      if (b >= 32 && b !== 127) continue;
      if (b === 9 || b === 10 || b === 12 || b === 13) continue;
      odd++;
      if (b !== 0 && odd <= 16 + bytes.length / 100) continue;
      const encoding = likelyEncoding(bytes);
      if (encoding !== null) throw this.#wrong(`text that looks like ${encoding}`);
      const place = this.#place(bytes, i);
      throw new LabError("corpus", {
        what: `${this.#name} is a binary file`,
        got: b === 0 ? `a zero byte ${place}` : `${odd} control bytes up to the one ${place}`,
        expected: "plain text in UTF-8",
      });
    }
  }

  #notUtf8(bytes: Uint8Array, last: boolean, cause: unknown): LabError {
    const encoding = likelyEncoding(bytes);
    if (encoding !== null) return this.#wrong(`text that looks like ${encoding}`, cause);
    const joined = new Uint8Array(this.#open.length + bytes.length);
    joined.set(this.#open);
    joined.set(bytes, this.#open.length);
    const bad = firstInvalid(joined, last);
    const place = this.#place(bytes, bad - this.#open.length);
    return this.#wrong(`byte 0x${joined[bad].toString(16)} ${place}`, cause);
  }

  /** Describes the place of byte `i` of the slice in the file. */
  #place(bytes: Uint8Array, i: number): string {
    const line = 1 + this.#lines + lineFeeds(bytes.subarray(0, Math.max(0, i)));
    return `at offset ${this.#at + i} (line ${line})`;
  }

  #wrong(got: string, cause?: unknown): LabError {
    return new LabError("corpus", {
      what: `${this.#name} is not UTF-8`,
      got,
      expected: "plain text in UTF-8",
      hint: "save it as UTF-8 and bring it again",
      cause,
    });
  }
}

/** Length of the character that starts with this byte; 1 for ASCII, 0 if no character can start with it. */
function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Index of the first ill-formed sequence (Unicode 3.9, table 3-7); the length of `bytes` if there is none. */
function firstInvalid(bytes: Uint8Array, last: boolean): number {
  for (let i = 0; i < bytes.length;) {
    const lead = bytes[i];
    const length = lengthOf(lead);
    if (length === 0) return i;
    for (let k = 1; k < length; k++) {
      if (i + k >= bytes.length) return last ? i : bytes.length;
      const second = k === 1;
      const low = second && lead === 0xe0 ? 0xa0 : second && lead === 0xf0 ? 0x90 : 0x80;
      const high = second && lead === 0xed ? 0x9f : second && lead === 0xf4 ? 0x8f : 0xbf;
      if (bytes[i + k] < low || bytes[i + k] > high) return i;
    }
    i += length;
  }
  return bytes.length;
}

/** The incomplete character at the end of valid UTF-8: up to 3 bytes. */
function openEnd(bytes: Uint8Array): Uint8Array {
  for (let k = 1; k <= Math.min(3, bytes.length); k++) {
    const lead = bytes[bytes.length - k];
    if (lead < 0x80) break;
    if (lead >= 0xc0) return lengthOf(lead) > k ? bytes.slice(bytes.length - k) : new Uint8Array(0);
  }
  return new Uint8Array(0);
}

function lineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** The encoding of a byte order mark other than that of UTF-8. */
function markedEncoding(bytes: Uint8Array): string | null {
  const starts = (...mark: number[]) => mark.every((byte, i) => bytes[i] === byte);
  if (starts(0xff, 0xfe, 0, 0)) return "UTF-32, little endian";
  if (starts(0, 0, 0xfe, 0xff)) return "UTF-32, big endian";
  if (starts(0xff, 0xfe)) return "UTF-16, little endian";
  if (starts(0xfe, 0xff)) return "UTF-16, big endian";
  return null;
}

/** The encoding without a mark in which these bytes, which are not UTF-8, would be text; null if none is known. */
function likelyEncoding(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, Math.min(LOOK, bytes.length - (bytes.length % 4)));
  if (head.length === 0) return null;
  for (const [order, little] of [["little", true] as const, ["big", false] as const]) {
    if (isUtf32(head, little)) return `UTF-32, ${order} endian`;
  }
  for (const [order, label] of [["little", "utf-16le"] as const, ["big", "utf-16be"] as const]) {
    if (isUtf16(head, label)) return `UTF-16, ${order} endian`;
  }
  return null;
}

function isUtf32(bytes: Uint8Array, little: boolean): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i < bytes.length; i += 4) {
    const code = view.getUint32(i, little);
    if (code < 9 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
  }
  return true;
}

/** Blanks, line ends, and the commas and full stops of Chinese and Japanese: almost every page of text has them. */
const COMMON = new Set([..." \n\r\t\u3000\u3001\u3002\uff0c"].map((letter) => letter.charCodeAt(0)));

/** Whether the bytes are text in UTF-16: no control codes, and at least one blank in a hundred characters. */
function isUtf16(bytes: Uint8Array, label: "utf-16le" | "utf-16be"): boolean {
  let text: string;
  try {
    text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return false; // a lone surrogate: not UTF-16
  }
  let common = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (COMMON.has(code)) common++;
    else if (code < 32 || code >= 0xfffe || (code >= 0x7f && code < 0xa0)) return false;
  }
  return 100 * common >= text.length;
}
