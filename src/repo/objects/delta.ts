// Git's delta encoding: a target written as pieces copied from a base and inserted pieces. Versions of one file share
// long beginnings and ends, which are compared directly; only the middle is searched.

import { LabError } from "../../error.ts";

/** Default length of the shortest piece that is copied: a copy costs three to seven bytes that do not compress. */
const BLOCK = 16;
/** Longest piece of one copy instruction [bytes]. */
const COPY_LIMIT = 0xffffff;
const INSERT_LIMIT = 127;
/** Places remembered per block hash; more would make a file of equal lines quadratic. */
const CHAIN_LIMIT = 16;

/** Offsets of a base's blocks, by hash. */
type BlockIndex = Map<number, number[]>;

/** The base of several targets. */
export class DeltaBase {
  readonly data: Uint8Array;
  readonly #indexes = new Map<number, BlockIndex>();
  constructor(data: Uint8Array) {
    this.data = data;
  }
  /** Made once for each size of block, and only when a middle has to be searched. */
  index(block: number): BlockIndex {
    const index = this.#indexes.get(block) ?? indexBlocks(this.data, block);
    this.#indexes.set(block, index);
    return index;
  }
}

/**
 * Encodes `target` against `base`; undefined as soon as the result would exceed `limit` bytes. `block`: bytes of the
 * shortest piece that is copied.
 */
export function encodeDelta(
  base: DeltaBase,
  target: Uint8Array,
  limit: number,
  block = BLOCK,
): Uint8Array | undefined {
  const source = base.data;
  const shorter = Math.min(source.length, target.length);
  let prefix = 0;
  while (prefix < shorter && source[prefix] === target[prefix]) prefix++;
  let suffix = 0;
  while (
    suffix < shorter - prefix &&
    source[source.length - 1 - suffix] === target[target.length - 1 - suffix]
  )
    suffix++;
  // A match shorter than a block costs more than inserting it.
  if (prefix < block) prefix = 0;
  if (suffix < block) suffix = 0;

  const out: number[] = [];
  pushSize(out, source.length);
  pushSize(out, target.length);
  pushCopy(out, 0, prefix);
  const end = target.length - suffix;
  let literal = prefix; // start of the part that is not yet written
  let at = prefix;
  while (at + block <= end) {
    const match = longest(source, base.index(block), target, { at, literal, end, block });
    if (match === undefined) {
      at++;
      if (at - literal + out.length > limit) return undefined;
      continue;
    }
    pushInsert(out, target, literal, match.to);
    pushCopy(out, match.from, match.length);
    at = literal = match.to + match.length;
    if (out.length > limit) return undefined;
  }
  pushInsert(out, target, literal, end);
  pushCopy(out, source.length - suffix, suffix);
  return out.length > limit ? undefined : Uint8Array.from(out);
}

/** Size of a delta's target, from its header. */
export function deltaSize(delta: Uint8Array): number {
  const cursor = { at: 0 };
  readSize(delta, cursor);
  return readSize(delta, cursor);
}

/** Rebuilds the target. LabError "git" when the delta does not fit its base or would grow past `limit` bytes. */
export function applyDelta(base: Uint8Array, delta: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  const cursor = { at: 0 };
  const baseSize = readSize(delta, cursor);
  const size = readSize(delta, cursor);
  if (baseSize !== base.length) throw broken("its base has another size");
  if (size > limit) throw broken("its result is too large");
  const out = new Uint8Array(size);
  let filled = 0;
  while (cursor.at < delta.length) {
    const op = delta[cursor.at++] ?? 0;
    if (op === 0) throw broken("an instruction is unknown");
    let piece: Uint8Array;
    if (op & 0x80) {
      let offset = 0;
      let length = 0;
      for (let i = 0; i < 4; i++) if (op & (1 << i)) offset += (delta[cursor.at++] ?? 0) * 2 ** (8 * i);
      for (let i = 0; i < 3; i++) if (op & (0x10 << i)) length += (delta[cursor.at++] ?? 0) * 2 ** (8 * i);
      if (length === 0) length = 0x10000;
      if (offset + length > base.length) throw broken("it copies past the end of its base");
      piece = base.subarray(offset, offset + length);
    } else {
      piece = delta.subarray(cursor.at, cursor.at + op);
      cursor.at += op;
    }
    if (filled + piece.length > size) throw broken("its result is longer than it says");
    out.set(piece, filled);
    filled += piece.length;
  }
  if (filled !== size || cursor.at !== delta.length) throw broken("its result is shorter than it says");
  return out;
}

function indexBlocks(data: Uint8Array, block: number): BlockIndex {
  const index: BlockIndex = new Map();
  for (let at = 0; at + block <= data.length; at += block) {
    const key = hash(data, at, block);
    const places = index.get(key);
    if (places === undefined) index.set(key, [at]);
    else if (places.length < CHAIN_LIMIT) places.push(at);
  }
  return index;
}

/** The longest match of target[at..], grown forwards to `end` and backwards to `literal`. */
function longest(
  source: Uint8Array,
  index: BlockIndex,
  target: Uint8Array,
  { at, literal, end, block }: { at: number; literal: number; end: number; block: number },
): { from: number; to: number; length: number } | undefined {
  let best: { from: number; to: number; length: number } | undefined;
  for (const place of index.get(hash(target, at, block)) ?? []) {
    let length = 0;
    while (
      at + length < end &&
      place + length < source.length &&
      source[place + length] === target[at + length]
    )
      length++;
    if (length < block) continue; // only the hashes were equal
    let back = 0;
    while (back < at - literal && back < place && source[place - 1 - back] === target[at - 1 - back]) back++;
    if (best === undefined || length + back > best.length)
      best = { from: place - back, to: at - back, length: length + back };
  }
  return best;
}

function hash(data: Uint8Array, at: number, block: number): number {
  let value = 0;
  for (let i = 0; i < block; i++) value = (Math.imul(value, 0x01000193) ^ (data[at + i] ?? 0)) | 0;
  return value;
}

function pushSize(out: number[], size: number): void {
  let rest = size;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) out.push((rest & 0x7f) | 0x80);
  out.push(rest);
}

function pushCopy(out: number[], from: number, length: number): void {
  for (let done = 0; done < length;) {
    const size = Math.min(length - done, COPY_LIMIT);
    const offset = from + done;
    const opAt = out.length;
    let op = 0x80;
    out.push(0);
    for (let i = 0; i < 4; i++) {
      const byte = Math.floor(offset / 2 ** (8 * i)) & 0xff;
      if (byte === 0) continue;
      op |= 1 << i;
      out.push(byte);
    }
    for (let i = 0; i < 3 && size !== 0x10000; i++) {
      const byte = (size >> (8 * i)) & 0xff;
      if (byte === 0) continue;
      op |= 0x10 << i;
      out.push(byte);
    }
    out[opAt] = op;
    done += size;
  }
}

function pushInsert(out: number[], target: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += INSERT_LIMIT) {
    const piece = target.subarray(at, Math.min(at + INSERT_LIMIT, to));
    out.push(piece.length);
    for (const byte of piece) out.push(byte);
  }
}

function readSize(delta: Uint8Array, cursor: { at: number }): number {
  let size = 0;
  for (let scale = 1; ; scale *= 0x80) {
    const byte = delta[cursor.at++];
    if (byte === undefined || scale > 2 ** 35) throw broken("its header is cut off");
    size += (byte & 0x7f) * scale;
    if ((byte & 0x80) === 0) return size;
  }
}

function broken(why: string): LabError {
  return new LabError("git", `a delta is damaged: ${why}`);
}
