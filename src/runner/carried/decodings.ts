// Decodings of text: each takes characters or numbers of a source and returns the bytes that they may encode. A wrong
// guess gives noise, which matches nothing, so all decodings are tried.
import type { Chars, Numbers } from "./literals.ts";

/** Bytes that the source may encode; byte i comes from offset `from[i]`. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly from: ArrayLike<number>;
}

/** Smallest number of digits of an encoded stretch; shorter ones are ignored. */
const SHORTEST = 16;

/** The UTF-8 of a text. */
export function utf8({ text, from }: Chars): Bytes {
  const bytes: number[] = [];
  const places: number[] = [];
  let at = 0;
  for (const point of text) {
    for (const byte of point < "\x80" ? [point.charCodeAt(0)] : ENCODER.encode(point)) {
      bytes.push(byte);
      places.push(from[at]);
    }
    at += point.length;
  }
  return { bytes: Uint8Array.from(bytes), from: places };
}
const ENCODER = new TextEncoder();

/** The character codes, if one is beyond ASCII: they may be bytes, tokens or pairs of bytes. */
export function codesOf({ text, from }: Chars): Numbers | null {
  if (!/[^\0-\x7f]/.test(text)) return null;
  return { values: Array.from({ length: text.length }, (_, i) => text.charCodeAt(i)), from };
}

/** Bytes of base64 and base64url stretches, whose groups may begin at any of four characters. */
export function* base64({ text, from }: Chars): Generator<Bytes> {
  for (const run of runs(text, from, /[\s="',]*/y, BASE64)) {
    for (let phase = 0; phase < 4; phase++) yield packed(run, phase, 6);
  }
}

/** Bytes of pairs of hexadecimal digits, which `0x`, `\x`, `\u`, white space or any of `,:;|_%#-` may separate. */
export function* hex({ text, from }: Chars): Generator<Bytes> {
  for (const run of runs(text, from, /(?:0x|\\x|\\u|[\s,:;|_%#-])*/y, HEX)) {
    for (let phase = 0; phase < 2; phase++) yield packed(run, phase, 4);
  }
}

/** The bytes of a percent-encoded text. */
export function percent({ text, from }: Chars): Bytes | null {
  if (!/%[0-9a-f]{2}/i.test(text)) return null;
  const bytes: number[] = [];
  const places: number[] = [];
  for (let at = 0; at < text.length;) {
    const code = text[at] === "%" ? parseInt(text.slice(at + 1, at + 3), 16) : NaN;
    bytes.push(Number.isNaN(code) ? text.charCodeAt(at) & 255 : code);
    places.push(from[at]);
    at += Number.isNaN(code) ? 1 : 3;
  }
  return { bytes: Uint8Array.from(bytes), from: places };
}

/** Decimal numbers in a text, separate or in groups of three digits. */
export function* decimal({ text, from }: Chars): Generator<Numbers> {
  const apart = [...text.matchAll(/\d{1,15}/g)];
  if (apart.length >= SHORTEST)
    yield { values: apart.map(([digits]) => Number(digits)), from: apart.map(({ index }) => from[index]) };
  for (const { 0: digits, index } of text.matchAll(/\d{36,}/g)) {
    for (let phase = 0; phase < 3; phase++) {
      const count = Math.floor((digits.length - phase) / 3);
      const starts = Array.from({ length: count }, (_, i) => phase + 3 * i);
      yield {
        values: starts.map((at) => Number(digits.slice(at, at + 3))),
        from: starts.map((at) => from[index + at]),
      };
    }
  }
}

/** Bytes of whole numbers: the low byte of each, and all bytes of larger ones in both orders. */
export function* bytesOf({ values, from }: Numbers): Generator<Bytes> {
  yield { bytes: Uint8Array.from(values, (value) => modulo(value, 256)), from };
  yield { bytes: Uint8Array.from(values, (value) => modulo(-value, 256)), from };
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  for (const width of [2, 3, 4, 6]) {
    if (largest < 256 ** (width - 1)) continue;
    const places = Array.from({ length: width * values.length }, (_, i) => from[Math.floor(i / width)]);
    const byte = (i: number, order: number) =>
      modulo(Math.floor(Math.max(0, values[Math.floor(i / width)]) / 256 ** order), 256);
    yield {
      bytes: Uint8Array.from(places, (_, i) => byte(i, width - 1 - (i % width))),
      from: places,
    };
    yield { bytes: Uint8Array.from(places, (_, i) => byte(i, i % width)), from: places };
  }
}

/** Every second, third and fourth element, from each start. */
export function* strided({ bytes, from }: Bytes): Generator<Bytes> {
  for (let stride = 2; stride <= 4; stride++) {
    for (let start = 0; start < stride; start++) {
      const every = Array.from(
        { length: Math.floor((bytes.length - start + stride - 1) / stride) },
        (_, i) => start + i * stride,
      );
      yield { bytes: Uint8Array.from(every, (i) => bytes[i]), from: every.map((i) => from[i]) };
    }
  }
}

export function reversed({ bytes, from }: Bytes): Bytes {
  return { bytes: bytes.slice().reverse(), from: Array.from(from).reverse() };
}

/** The bytes as characters, if they look like text that may hold another encoding. */
export function readable({ bytes, from }: Bytes): Chars | null {
  let plain = 0;
  for (const byte of bytes) if ((byte >= 32 && byte < 127) || byte === 10) plain++;
  if (bytes.length < SHORTEST || plain < 0.9 * bytes.length) return null;
  return { text: Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""), from: Array.from(from) };
}

interface Digits {
  readonly values: readonly number[];
  readonly from: readonly number[];
}

/** Stretches of digits of an alphabet; separators that `between` matches are skipped. */
function* runs(
  text: string,
  from: ArrayLike<number>,
  between: RegExp,
  alphabet: Int8Array,
): Generator<Digits> {
  let values: number[] = [];
  let places: number[] = [];
  for (let at = 0; at <= text.length;) {
    between.lastIndex = at;
    const skipped = between.exec(text)?.[0].length ?? 0;
    const code = text.charCodeAt(at + skipped);
    const digit = code < 128 ? alphabet[code] : -1;
    if (digit >= 0) {
      values.push(digit);
      places.push(from[at + skipped]);
    } else {
      if (values.length >= SHORTEST) yield { values, from: places };
      values = [];
      places = [];
    }
    at += skipped + 1;
  }
}

/** Packs digits of `bits` bits each into bytes, from digit `start` on. */
function packed({ values, from }: Digits, start: number, bits: number): Bytes {
  const bytes = new Uint8Array(Math.floor(((values.length - start) * bits) / 8));
  const places: number[] = [];
  let [held, have, count] = [0, 0, 0];
  for (let i = start; i < values.length; i++) {
    held = ((held << bits) | values[i]) & 0xffff;
    have += bits;
    if (have < 8) continue;
    have -= 8;
    bytes[count++] = (held >>> have) & 255;
    places.push(from[i]);
  }
  return { bytes, from: places };
}

/** The value of each ASCII character as a digit; -1: none. */
function alphabetOf(digits: string): Int8Array {
  const values = new Int8Array(128).fill(-1);
  for (let i = 0; i < digits.length; i++) values[digits.charCodeAt(i)] = i;
  return values;
}

const UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const BASE64 = alphabetOf(`${UPPER}${UPPER.toLowerCase()}0123456789+/`);
[BASE64[45], BASE64[95]] = [62, 63]; // base64url's - and _
const HEX = alphabetOf("0123456789abcdef");
for (let i = 0; i < 6; i++) HEX[65 + i] = 10 + i;

const modulo = (value: number, by: number): number => ((value % by) + by) % by;
