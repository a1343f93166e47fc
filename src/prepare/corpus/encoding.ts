// A file's bytes as checked UTF-8, slice by slice. What is none is named: the byte and its place, or the encoding that the
// file seems to have.
import { LabError } from "../../error.ts";

/** Byte order marks are no letters: some editors begin a file with one, and files that were joined have them inside. */
export const withoutMarks = (text: string): string => text.replaceAll("\ufeff", "");

/** Bytes of a slice that are looked at to tell its encoding; a multiple of 4. */
const LOOK = 1 << 16;

/** Decodes one file; `read` is called with its slices in order, each but the last a multiple of 4 bytes long. */
export class Utf8Reader {
  readonly #name: string;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #at = 0; // bytes of the file read so far
  #lines = 0; // line feeds in them
  #open: Uint8Array = new Uint8Array(0); // a character that the slice before began

  constructor(name: string) {
    this.#name = name;
  }

  /** The text of the next slice without byte order marks. Throws LabError "corpus" naming the first byte that is wrong. */
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

  /** Text has tabs, line breaks, form feeds, now and then an escape; it has no NUL and hardly any other control byte. */
  #refuseBinary(bytes: Uint8Array): void {
    let odd = 0;
    for (let i = 0; i < bytes.length; i++) {
      const b = bytes[i];
      if (b >= 32 && b !== 127) continue;
      if (b === 9 || b === 10 || b === 12 || b === 13) continue;
      odd++;
      if (b !== 0 && odd <= 16 + bytes.length / 100) continue;
      const encoding = likelyEncoding(bytes);
      if (encoding !== null) throw this.#wrong(`what looks like ${encoding}`);
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
    if (encoding !== null) return this.#wrong(`what looks like ${encoding}`, cause);
    const joined = new Uint8Array(this.#open.length + bytes.length);
    joined.set(this.#open);
    joined.set(bytes, this.#open.length);
    const bad = firstInvalid(joined, last);
    const place = this.#place(bytes, bad - this.#open.length);
    return this.#wrong(`byte 0x${joined[bad].toString(16)} ${place}`, cause);
  }

  /** Where byte `i` of the slice stands in the file. */
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

/** Bytes of the character that this one begins; 1 for ASCII, 0 for a byte that begins none. */
function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** The first byte of the first ill-formed sequence (Unicode 3.9, table 3-7); the length where there is none. */
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

/** The bytes at the end of valid UTF-8 that begin a character without ending it: up to 3. */
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

/** The encoding that a byte order mark names, UTF-8 aside. */
function markedEncoding(bytes: Uint8Array): string | null {
  const starts = (...mark: number[]) => mark.every((byte, i) => bytes[i] === byte);
  if (starts(0xff, 0xfe, 0, 0)) return "UTF-32, little endian";
  if (starts(0, 0, 0xfe, 0xff)) return "UTF-32, big endian";
  if (starts(0xff, 0xfe)) return "UTF-16, little endian";
  if (starts(0xfe, 0xff)) return "UTF-16, big endian";
  return null;
}

/** The encoding without a mark in which these bytes, which are no UTF-8, would be text; null: none that is known. */
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

/** Blanks, line ends and the commas and stops of Chinese and Japanese: hardly any text of a page is without them. */
const COMMON = new Set([..." \n\r\t\u3000\u3001\u3002\uff0c"].map((letter) => letter.charCodeAt(0)));

/** Whether the bytes are UTF-16 with the letters of a text: no control codes, and a blank in a hundred at least. */
function isUtf16(bytes: Uint8Array, label: "utf-16le" | "utf-16be"): boolean {
  let text: string;
  try {
    text = new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return false; // half of a surrogate pair: that is how it is found not to be UTF-16
  }
  let common = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (COMMON.has(code)) common++;
    else if (code < 32 || code >= 0xfffe || (code >= 0x7f && code < 0xa0)) return false;
  }
  return 100 * common >= text.length;
}
