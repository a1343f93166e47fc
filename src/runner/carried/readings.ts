// All readings of the data of a source: unchanged, backwards, moved by a constant, every second to fourth element,
// decoded, and decoded again.
import {
  base64,
  type Bytes,
  bytesOf,
  codesOf,
  decimal,
  hex,
  percent,
  readable,
  reversed,
  strided,
  utf8,
} from "./decodings.ts";
import type { HeldOut } from "./held-out.ts";
import type { Chars, Literals, Numbers } from "./literals.ts";

export interface Reading extends Bytes {
  /** Whether this is the whole source. Scraps in it do not count, because all code shares names and keywords. */
  readonly code: boolean;
}

/** Number of nested encodings to decode. */
const DEPTH = 2;

/** Readings of strings and comments first, then of numbers, then the whole source. */
export function* readings(literals: Literals, heldOut: HeldOut): Generator<Reading> {
  const { code, strings, comments, numbers, large } = literals;
  for (const bytes of allOf()) yield { ...bytes, code: false };
  yield { ...utf8(code), code: true };

  function* allOf(): Generator<Bytes> {
    yield* ofChars(strings, 0, heldOut);
    yield* ofChars(comments, 0, heldOut);
    yield* ofNumbers(numbers, heldOut);
    yield* moved({ bytes: Uint8Array.from(large.values), from: large.from }, heldOut);
  }
}

function* ofChars(chars: Chars, depth: number, heldOut: HeldOut): Generator<Bytes> {
  const plain = utf8(chars);
  yield* moved(plain, heldOut);
  yield* strided(plain);
  const codes = codesOf(chars);
  if (codes !== null) yield* ofNumbers(codes, heldOut);
  const unquoted = percent(chars);
  const decoded = [...(unquoted === null ? [] : [unquoted]), ...base64(chars), ...hex(chars)];
  for (const bytes of decoded) {
    yield* moved(bytes, heldOut);
    yield* strided(bytes);
    const inner = depth < DEPTH ? readable(bytes) : null;
    if (inner !== null) yield* ofChars(inner, depth + 1, heldOut);
  }
  for (const numbers of decimal(chars)) yield* ofNumbers(numbers, heldOut);
  if (depth > 0) return;
  // A whole encoded text may be reversed.
  const backwards = { text: [...chars.text].reverse().join(""), from: [...chars.from].reverse() };
  if (backwards.text.length !== chars.text.length) return;
  for (const bytes of [...base64(backwards), ...hex(backwards)]) yield* moved(bytes, heldOut);
}

function* ofNumbers(numbers: Numbers, heldOut: HeldOut): Generator<Bytes> {
  if (numbers.values.length === 0) return;
  for (const bytes of bytesOf(numbers)) {
    yield* moved(bytes, heldOut);
    yield* strided(bytes);
  }
  if (heldOut.tokenizer.vocabSize <= 256) return; // tokens are bytes
  const ids = Uint16Array.from(numbers.values);
  const turned = { values: [...numbers.values].reverse(), from: [...numbers.from].reverse() };
  for (const { values, from } of [numbers, turned]) {
    yield ofTokens(values, from, heldOut);
    const sequence = values === numbers.values ? ids : ids.slice().reverse();
    for (const constant of heldOut.tokenShifts.constants(sequence))
      yield ofTokens(heldOut.tokenShifts.undo(sequence, constant), from, heldOut);
  }
}

/** The text of token ids; a number that is no token gives `BREAK`. */
function ofTokens(values: ArrayLike<number>, from: readonly number[], { tokenizer }: HeldOut): Bytes {
  const bytes: number[] = [];
  const places: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const known = values[i] >= 0 && values[i] < tokenizer.vocabSize;
    const text = known ? tokenizer.decode(Uint16Array.of(values[i])) : BREAK;
    for (const byte of text) {
      bytes.push(byte);
      places.push(from[i]);
    }
  }
  return { bytes: Uint8Array.from(bytes), from: places };
}
/** A byte that no UTF-8 text has. */
const BREAK = Uint8Array.of(255);

/** The bytes, forwards and backwards, unchanged and moved back by the constants that fit. */
function* moved(bytes: Bytes, { byteShifts }: HeldOut): Generator<Bytes> {
  for (const turned of [bytes, reversed(bytes)]) {
    yield turned;
    for (const shifts of byteShifts) {
      for (const constant of shifts.constants(turned.bytes))
        yield { bytes: shifts.undo(turned.bytes, constant), from: turned.from };
    }
  }
}
