// Decodes and checks the bytes of a file, slice by slice: UTF-8, or UTF-16 with or without a byte order mark. Errors name
// the invalid byte and its place, or the encoding that the file seems to have.
import { LabError } from "../../error.ts";
import {
  firstInvalid,
  firstInvalidUnit,
  likelyEncoding,
  lineFeeds,
  markedEncoding,
  openEnd,
  type Readable,
} from "./encoding.ts";

/** Removes byte order marks: some editors write one at the start of a file, and joined files have them inside. */
export const withoutMarks = (text: string): string => text.replaceAll("\ufeff", "");

/** Decodes one file. Call `read` with its slices in order; the length of each but the last is a multiple of 4. */
export class TextReader {
  readonly #name: string;
  #encoding: Readable = "utf-8";
  #decoder = decoderOf("utf-8");
  #at = 0; // bytes of the file read so far
  #lines = 0; // line feeds among them
  #open: Uint8Array = new Uint8Array(0); // the start of a character at the end of the last slice

  constructor(name: string) {
    this.#name = name;
  }

  /** The text of the next slice, without byte order marks. LabError "corpus" names the first invalid byte. */
  read(bytes: Uint8Array, last: boolean): string {
    if (this.#at === 0) this.#begin(bytes, last);
    if (this.#encoding === "utf-8") this.#refuseBinary(bytes);
    let text: string;
    try {
      text = this.#decoder.decode(bytes, { stream: !last });
    } catch (cause) {
      throw this.#undecodable(bytes, last, cause);
    }
    if (this.#encoding !== "utf-8") this.#refuseControls(text);
    this.#at += bytes.length;
    this.#lines += this.#encoding === "utf-8" ? lineFeeds(bytes) : breaksIn(text);
    this.#open = this.#encoding === "utf-8" ? openEnd(bytes) : this.#openUnit(bytes);
    return withoutMarks(text);
  }

  /** Chooses the encoding of the file by its first slice. */
  #begin(bytes: Uint8Array, last: boolean): void {
    const isPlain = !bytes.includes(0) && firstInvalid(bytes, last) === bytes.length;
    const found = markedEncoding(bytes) ?? (isPlain ? null : likelyEncoding(bytes));
    if (found === null) return;
    if (found.label === null) throw this.#wrong(`text that looks like ${found.name}`);
    this.#encoding = found.label;
    this.#decoder = decoderOf(found.label);
  }

  /** Refuses binary files. Text has tabs, line breaks, form feeds, rarely an escape or other controls, and no NUL. */
  #refuseBinary(bytes: Uint8Array): void {
    let odd = 0;
    for (let i = 0; i < bytes.length; i++) {
      if (!isOdd(bytes[i])) continue;
      odd++;
      if (bytes[i] === 0 || odd > 16 + bytes.length / 100)
        throw this.#binary(bytes[i], odd, this.#place(bytes, i));
    }
  }

  /** The same for a slice of UTF-16. */
  #refuseControls(text: string): void {
    let odd = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (!isOdd(unit)) continue;
      odd++;
      if (unit !== 0 && odd <= 16 + text.length / 100) continue;
      const line = 1 + this.#lines + breaksIn(text.slice(0, i));
      throw this.#binary(unit, odd, `at offset ${this.#at + 2 * i} (line ${line})`);
    }
  }

  #binary(code: number, odd: number, place: string): LabError {
    return new LabError("corpus", {
      what: `${this.#name} is a binary file`,
      got: code === 0 ? `a zero byte ${place}` : `${odd} control bytes up to the one ${place}`,
      expected: "plain text in UTF-8 or UTF-16",
    });
  }

  #undecodable(bytes: Uint8Array, last: boolean, cause: unknown): LabError {
    const joined = new Uint8Array(this.#open.length + bytes.length);
    joined.set(this.#open);
    joined.set(bytes, this.#open.length);
    const bad = this.#firstInvalid(joined, last);
    const place = this.#place(bytes, bad - this.#open.length);
    return this.#wrong(`byte 0x${joined[bad].toString(16)} ${place}`, cause);
  }

  #firstInvalid(bytes: Uint8Array, last: boolean): number {
    if (this.#encoding === "utf-8") return firstInvalid(bytes, last);
    return firstInvalidUnit(bytes, this.#encoding === "utf-16le", last);
  }

  /** The first half of a pair at the end of a slice of UTF-16. */
  #openUnit(bytes: Uint8Array): Uint8Array {
    const high = bytes.at(this.#encoding === "utf-16le" ? -1 : -2) ?? 0;
    return bytes.length >= 2 && (high & 0xfc) === 0xd8 ? bytes.slice(-2) : new Uint8Array(0);
  }

  /** Describes the place of byte `i` of the slice in the file. */
  #place(bytes: Uint8Array, i: number): string {
    const before = bytes.subarray(0, Math.max(0, i));
    const breaks =
      this.#encoding === "utf-8"
        ? lineFeeds(before)
        : breaksIn(decoderOf(this.#encoding, false).decode(before));
    return `at offset ${this.#at + i} (line ${1 + this.#lines + breaks})`;
  }

  #wrong(got: string, cause?: unknown): LabError {
    const name = { "utf-8": "UTF-8", "utf-16le": "UTF-16", "utf-16be": "UTF-16" }[this.#encoding];
    return new LabError("corpus", {
      what: `${this.#name} is not ${name}`,
      got,
      expected: "plain text in UTF-8 or UTF-16",
      hint: "save it as UTF-8 and bring it again",
      cause,
    });
  }
}

const decoderOf = (encoding: Readable, fatal = true) => new TextDecoder(encoding, { fatal, ignoreBOM: true });

/** Whether a code is a control that text does not have, except rarely. */
function isOdd(code: number): boolean {
  if (code >= 32 && code !== 127) return false;
  return code !== 9 && code !== 10 && code !== 12 && code !== 13;
}

function breaksIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}
