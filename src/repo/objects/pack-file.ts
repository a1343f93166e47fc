// Reading objects out of a pack (format version 2). isomorphic-git's own reader keeps every object it ever inflated, too
// much for a walk over a whole study.

import { LabError } from "../../error.ts";
import { applyDelta } from "./delta.ts";
import type { Oid } from "./model.ts";
import { type GitObject, type ObjectType, toHex } from "./object.ts";
import { inflate } from "./zlib.ts";

/** What a pack from outside may cost; generous for a study, far below what would fill a tab's memory. */
export const LIMITS = {
  packBytes: 256 * 2 ** 20,
  objectBytes: 32 * 2 ** 20,
  inflatedBytes: 2 ** 30,
  objects: 500_000,
} as const;

/** Inflated objects kept as bases of deltas still to come. */
const BASES_BYTES = 24 * 2 ** 20;

const TYPES: readonly (ObjectType | undefined)[] = [undefined, "commit", "tree", "blob", "tag"];
export const OFS_DELTA = 6;
export const REF_DELTA = 7;

/** Git's own limit. */
const DEPTH_LIMIT = 4095;

/** A delta whose base is not there (yet). */
export class MissingBase extends LabError {
  constructor(base: Oid) {
    super("git", { what: "pack: the base of a delta is missing", got: base });
  }
}

interface Entry {
  readonly kind: number;
  readonly size: number;
  /** Where the base of a delta is: an offset in this pack, or a name. */
  readonly base: number | Oid | undefined;
  /** First byte of the compressed data. */
  readonly body: number;
}

/** Reads objects of a pack by offset, following deltas. `external` answers bases that are named, not placed. */
export class PackFile {
  readonly bytes: Uint8Array;
  readonly #external: (oid: Oid) => Promise<GitObject | undefined>;
  readonly #recent = new Map<number, GitObject>();
  #recentBytes = 0;

  constructor(bytes: Uint8Array, external: (oid: Oid) => Promise<GitObject | undefined> = nothing) {
    this.bytes = bytes;
    this.#external = external;
  }

  /** LabError "git" when the object or any base of it is damaged. */
  async readAt(offset: number): Promise<GitObject> {
    const deltas: { at: number; delta: Uint8Array }[] = [];
    let at = offset;
    let object: GitObject | undefined;
    while (object === undefined) {
      object = this.#recent.get(at);
      if (object !== undefined) break;
      const entry = this.#entry(at);
      const { data } = inflate(this.bytes, entry.body, entry.size);
      const type = TYPES[entry.kind];
      if (type !== undefined) {
        object = { type, data };
        this.#remember(at, object);
        break;
      }
      deltas.push({ at, delta: data });
      if (deltas.length > DEPTH_LIMIT) throw new LabError("git", "pack: a chain of deltas is too long");
      if (typeof entry.base === "number") at = entry.base;
      else {
        object = await this.#external(entry.base ?? "");
        if (object === undefined) throw new MissingBase(String(entry.base));
      }
    }
    for (const { at: place, delta } of deltas.reverse()) {
      object = { type: object.type, data: applyDelta(object.data, delta, LIMITS.objectBytes) };
      this.#remember(place, object);
    }
    return object;
  }

  /** Header of the object at `at`, and where its data ends is left to inflate. */
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
      if (size > LIMITS.objectBytes) throw new LabError("git", "pack: an object is too large");
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
      throw new LabError("git", `pack: an object of unknown kind ${String(kind)}`);
    return { kind, size, base, body: cursor };
  }

  /** Where every object starts, by inflating each once. LabError "git" unless exactly `count` objects fill the pack. */
  scan(count: number): number[] {
    const found: number[] = [];
    let at = 12;
    let inflated = 0;
    for (let i = 0; i < count; i++) {
      const entry = this.#entry(at);
      inflated += entry.size;
      if (inflated > LIMITS.inflatedBytes)
        throw new LabError("git", "pack: its objects are too large together");
      found.push(at);
      at = inflate(this.bytes, entry.body, entry.size).end;
      if (at > this.bytes.length - 20) throw new LabError("git", "pack: an object is cut off");
    }
    if (at !== this.bytes.length - 20)
      throw new LabError("git", "pack: there is more in it than its header says");
    return found;
  }

  #remember(at: number, object: GitObject): void {
    if (this.#recent.has(at)) return;
    this.#recent.set(at, object);
    this.#recentBytes += object.data.length;
    for (const [oldest, { data }] of this.#recent) {
      if (this.#recentBytes <= BASES_BYTES) break;
      this.#recent.delete(oldest);
      this.#recentBytes -= data.length;
    }
  }
}

/** The index (version 2) of a pack, read into names and offsets. */
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

const nothing = (): Promise<undefined> => Promise.resolve(undefined);
