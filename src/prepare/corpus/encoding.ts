// Which encoding the bytes of a file have, and where they break its rules.

/** Encodings that the lab reads, by their label for TextDecoder; UTF-32 is only named. */
export type Readable = "utf-8" | "utf-16le" | "utf-16be";

/** Number of bytes of a slice from which its encoding is guessed; a multiple of 4. */
const LOOK = 1 << 16;

/** Length of the character that starts with this byte; 1 for ASCII, 0 if no character can start with it. */
function lengthOf(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** Index of the first ill-formed sequence (Unicode 3.9, table 3-7); the length of `bytes` if there is none. */
export function firstInvalid(bytes: Uint8Array, last: boolean): number {
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
export function openEnd(bytes: Uint8Array): Uint8Array {
  for (let k = 1; k <= Math.min(3, bytes.length); k++) {
    const lead = bytes[bytes.length - k];
    if (lead < 0x80) break;
    if (lead >= 0xc0) return lengthOf(lead) > k ? bytes.slice(bytes.length - k) : new Uint8Array(0);
  }
  return new Uint8Array(0);
}

export function lineFeeds(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}

/** An encoding by its name for people; `label` is null where the lab cannot read it. */
export interface Encoding {
  readonly name: string;
  readonly label: Readable | null;
}

const UTF_16: Readonly<Record<"little" | "big", Encoding>> = {
  little: { name: "UTF-16, little endian", label: "utf-16le" },
  big: { name: "UTF-16, big endian", label: "utf-16be" },
};
const UTF_32: typeof UTF_16 = {
  little: { name: "UTF-32, little endian", label: null },
  big: { name: "UTF-32, big endian", label: null },
};

/** The encoding of a byte order mark other than that of UTF-8. */
export function markedEncoding(bytes: Uint8Array): Encoding | null {
  const starts = (...mark: number[]) => mark.every((byte, i) => bytes[i] === byte);
  if (starts(0xff, 0xfe, 0, 0)) return UTF_32.little;
  if (starts(0, 0, 0xfe, 0xff)) return UTF_32.big;
  if (starts(0xff, 0xfe)) return UTF_16.little;
  if (starts(0xfe, 0xff)) return UTF_16.big;
  return null;
}

/** The encoding without a mark in which these bytes, which are not UTF-8, would be text; null if none is known. */
export function likelyEncoding(bytes: Uint8Array): Encoding | null {
  const head = bytes.subarray(0, Math.min(LOOK, bytes.length - (bytes.length % 4)));
  if (head.length === 0) return null;
  if (isUtf32(head, true)) return UTF_32.little;
  if (isUtf32(head, false)) return UTF_32.big;
  if (isUtf16(head, "utf-16le")) return UTF_16.little;
  return isUtf16(head, "utf-16be") ? UTF_16.big : null;
}

/** Index of the first lone surrogate or odd byte of UTF-16; the length of `bytes` if there is none. */
export function firstInvalidUnit(bytes: Uint8Array, little: boolean, last: boolean): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    const unit = view.getUint16(i, little) & 0xfc00;
    if (unit === 0xdc00) return i;
    if (unit !== 0xd800) continue;
    if (i + 3 >= bytes.length) return last ? i : bytes.length;
    if ((view.getUint16(i + 2, little) & 0xfc00) !== 0xdc00) return i;
    i += 2;
  }
  return last && bytes.length % 2 === 1 ? bytes.length - 1 : bytes.length;
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
