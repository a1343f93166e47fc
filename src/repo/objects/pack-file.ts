// Reads objects from a pack (format version 2). isomorphic-git's reader keeps every object that it ever inflated, too
// much for a walk over a whole study.

import { LabError } from "../../error.ts";
import { applyDelta, deltaSize } from "./delta.ts";
import { LIMITS, beyond, inflatedLimit } from "./limits.ts";
import type { Oid } from "./model.ts";
import { type GitObject, type ObjectType, toHex } from "./object.ts";
import { inflate } from "./zlib.ts";

/** Inflated objects kept as bases of later deltas. */
const BASES_BYTES = 24 * 2 ** 20;
/** Inflated deltas kept from the scan, so that they need not be inflated again. */
const BODIES_BYTES = 32 * 2 ** 20;

const TYPES: readonly (ObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
export const OFS_DELTA = 6;
export const REF_DELTA = 7;

/** A delta whose base is missing, perhaps only so far. */
export class MissingBase extends LabError {
  constructor(base: Oid) {
    super("git", { what: "pack: the base of a delta is missing", got: base });
  }
}

interface Entry {
  readonly kind: number;
  readonly size: number;
  /** The base of a delta: an offset in this pack, or a name. */
  readonly base: number | Oid | undefined;
  /** First byte of the compressed data. */
  readonly body: number;
}

interface Placed extends GitObject {
  /** Length of its delta chain. */
  readonly depth: number;
}

/** Finds the base of a delta by its name: an object outside the pack, or an offset in the pack. */
export type Bases = (oid: Oid) => Promise<GitObject | number | undefined>;

/** An object or delta in the compressed form of its pack. */
export interface StoredEntry {
  readonly kind: number;
  /** Bytes when inflated. */
  readonly size: number;
  readonly base: number | Oid | undefined;
  readonly body: Uint8Array;
}

/** Reads objects of a pack by offset, following deltas. `bases` finds bases given by name instead of by offset. */
export class PackFile {
  readonly bytes: Uint8Array;
  readonly #bases: Bases;
  readonly #recent = new Map<number, Placed>();
  readonly #bodies = new Map<number, Uint8Array>();
  readonly #workLimit: number;
  /** Length of the longest delta chain so far; then whether every base so far was given by its offset in this pack. */
  deepest = 0;
  selfContained = true;
  #recentBytes = 0;
  #work = 0;

  /** `work`: the most bytes that it may produce in total, for an untrusted pack. */
  constructor(bytes: Uint8Array, bases: Bases = () => Promise.resolve(undefined), work = Infinity) {
    this.bytes = bytes;
    this.#bases = bases;
    this.#workLimit = work;
  }

  /** LabError "git" when the object or any base of it is damaged. */
  async readAt(offset: number): Promise<GitObject> {
    const deltas: { at: number; delta: Uint8Array }[] = [];
    let at = offset;
    let object: Placed | undefined;
    while (object === undefined) {
      object = this.#recent.get(at);
      if (object !== undefined) break;
      const entry = this.#entry(at);
      const data = this.#bodies.get(at) ?? inflate(this.bytes, entry.body, entry.size).data;
      const type = TYPES[entry.kind];
      if (type !== undefined) {
        object = { type, data, depth: 0 };
        this.#remember(at, object);
        break;
      }
      if (entry.kind === REF_DELTA) this.selfContained = false;
      deltas.push({ at, delta: data });
      if (deltas.length > LIMITS.deltaDepth) throw tooDeep(deltas.length);
      if (typeof entry.base === "number") at = entry.base;
      else {
        const base = await this.#bases(entry.base ?? "");
        if (base === undefined) throw new MissingBase(String(entry.base));
        if (typeof base === "number") at = base;
        else object = { ...base, depth: 0 };
      }
    }
    for (const { at: place, delta } of deltas.reverse()) {
      const depth: number = object.depth + 1;
      if (depth > LIMITS.deltaDepth) throw tooDeep(depth);
      const data = applyDelta(object.data, delta, LIMITS.objectBytes);
      object = { type: object.type, data, depth };
      this.deepest = Math.max(this.deepest, depth);
      this.#remember(place, object);
    }
    return object;
  }

  /** An object in its stored form; `end`: the start of the next one. LabError "git" when its header is damaged. */
  storedAt(offset: number, end: number): StoredEntry {
    const { kind, size, base, body } = this.#entry(offset);
    return { kind, size, base, body: this.bytes.subarray(body, end) };
  }

  /** Header of the object at `at`; only inflating finds the end of its data. */
  #entry(at: number): Entry {
    const end = this.bytes.length - 20;
    let cursor = at;
    const next = (): number => {
      if (cursor >= end) throw new LabError("git", "pack: an object is cut off");
      return this.bytes[cursor++] ?? 0;
    };
    let byte = next();
    const kind = (byte >> 4) & 7;
    let size = byte & 15;
    for (let scale = 16; byte & 0x80; scale *= 0x80) {
      byte = next();
      size += (byte & 0x7f) * scale;
      if (size > LIMITS.objectBytes)
        throw beyond("pack: an object has too many bytes", size, LIMITS.objectBytes);
    }
    let base: number | Oid | undefined;
    if (kind === OFS_DELTA) {
      byte = next();
      let distance = byte & 0x7f;
      while (byte & 0x80) {
        byte = next();
        distance = (distance + 1) * 0x80 + (byte & 0x7f);
        if (distance > LIMITS.packBytes) break;
      }
      base = at - distance;
      if (distance === 0 || base < 12)
        throw new LabError("git", "pack: a delta's base lies outside of the pack");
    } else if (kind === REF_DELTA) {
      base = toHex(this.bytes.subarray(cursor, cursor + 20));
      cursor += 20;
    } else if (TYPES[kind] === undefined)
      throw new LabError("git", `pack: an object of unknown kind ${kind}`);
    return { kind, size, base, body: cursor };
  }

  /**
   * The offset of every object, found by inflating each once. A delta's header has the size of its target, so a pack
   * that would grow too large is refused before any target is made. LabError "git" unless exactly `count` objects fill
   * the pack.
   */
  scan(count: number, watch: () => void): number[] {
    const found: number[] = [];
    const limit = inflatedLimit(this.bytes.length);
    let at = 12;
    let inflated = 0;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const entry = this.#entry(at);
      const { data, end } = inflate(this.bytes, entry.body, entry.size);
      const size = TYPES[entry.kind] === undefined ? deltaSize(data) : entry.size;
      if (size > LIMITS.objectBytes)
        throw beyond("pack: an object has too many bytes", size, LIMITS.objectBytes);
      inflated += size;
      if (inflated > limit) throw beyond("pack: its objects have too many bytes together", inflated, limit);
      found.push(at);
      if (kept + data.length <= BODIES_BYTES) {
        this.#bodies.set(at, data);
        kept += data.length;
      }
      at = end;
      if (at > this.bytes.length - 20) throw new LabError("git", "pack: an object is cut off");
      if (i % 256 === 0) watch();
    }
    if (at !== this.bytes.length - 20)
      throw new LabError("git", "pack: there is more in it than its header says");
    return found;
  }

  /**
   * Keeps an object as a base of later deltas. All bytes are counted: in a hostile order every base is made repeatedly.
   */
  #remember(at: number, object: Placed): void {
    this.#work += object.data.length;
    if (this.#work > this.#workLimit)
      throw beyond("pack: it takes too much work to read", this.#work, this.#workLimit);
    this.#recent.set(at, object);
    this.#recentBytes += object.data.length;
    for (const [oldest, { data }] of this.#recent) {
      if (this.#recentBytes <= BASES_BYTES) break;
      this.#recent.delete(oldest);
      this.#recentBytes -= data.length;
    }
  }
}

/** Reads the index (version 2) of a pack into names and offsets. */
export function parseIndex(bytes: Uint8Array): Map<Oid, number> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 1072 || view.getUint32(0) !== 0xff744f63 || view.getUint32(4) !== 2)
    throw new LabError("git", "pack index: it is damaged");
  const count = view.getUint32(8 + 255 * 4);
  const names = 8 + 256 * 4;
  const places = names + count * 24;
  if (bytes.length !== places + count * 4 + 40) throw new LabError("git", "pack index: it is cut off");
  const offsets = new Map<Oid, number>();
  for (let i = 0; i < count; i++)
    offsets.set(toHex(bytes.subarray(names + 20 * i, names + 20 * i + 20)), view.getUint32(places + 4 * i));
  return offsets;
}

const tooDeep = (got: number): LabError =>
  beyond("pack: a chain of deltas is too long", got, LIMITS.deltaDepth);
