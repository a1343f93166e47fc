// Writes packs: one for a bundle, one for each repack of the store. Versions of a file become deltas of each other, so
// a thousand experiments fit in half a megabyte.

import { DeltaBase, encodeDelta } from "./delta.ts";
import type { Oid } from "./model.ts";
import { type GitObject, type ObjectType, fromHex, sha1, toHex } from "./object.ts";
import type { IndexedPack } from "./index-pack.ts";
import { OFS_DELTA } from "./pack-file.ts";
import { concat, deflate } from "./zlib.ts";

/** An object to pack. Objects with the same `path` are tried as deltas of each other, in the order given. */
export interface PackItem {
  readonly oid: Oid;
  readonly type: ObjectType;
  readonly path: string;
}

export interface WrittenPack {
  readonly pack: Uint8Array<ArrayBuffer>;
  /** The pack's index, version 2. */
  readonly index: Uint8Array<ArrayBuffer>;
  /** `pack-<sha1>`, without a suffix. */
  readonly name: string;
}

const KINDS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
/** Longest delta chain: a reader inflates every delta of a chain. */
const DEPTH_LIMIT = 50;
/** Longest chain with deltas copied from another pack. */
export const REUSED_DEPTH = 150;
/** Objects of the same path that are tried as a base: the last few, and the last one that is not a delta. */
const WINDOW = 6;
/** Bytes below which an object is worth packing in several ways. */
const SMALL = 8192;
/** Shortest copies to try for a small object: none is best for texts, numbers and names alike. */
const BLOCKS = [16, 8, 4];
/** Packing pauses after so many ms, so that the tab responds. */
const BREATH_MS = 25;

/** An object in the compressed form of another pack, with its base by name. */
export interface Reusable {
  readonly kind: number;
  readonly size: number;
  readonly base: Oid | undefined;
  readonly body: Uint8Array;
}

export interface WritePackOptions {
  /** The object in the form of another pack, to be copied unchanged. */
  readonly reuse?: (oid: Oid) => Promise<Reusable | undefined>;
  readonly onProgress?: (done: number, total: number) => void;
}

interface Candidate {
  readonly oid: Oid;
  readonly offset: number;
  readonly depth: number;
  /** Read when it is first tried: most copied objects never are. */
  base: DeltaBase | undefined;
}

/** Packs the items, grouped by path: commits first, paths in order of first appearance. */
export async function writePack(
  items: readonly PackItem[],
  read: (oid: Oid) => Promise<GitObject>,
  { reuse, onProgress }: WritePackOptions = {},
): Promise<WrittenPack> {
  const chunks: Uint8Array[] = [packHeader(items.length)];
  const entries: { oid: Oid; offset: number; crc: number }[] = [];
  const written = new Map<Oid, Candidate>();
  let offset = 12;
  let group = "";
  let recent: Candidate[] = [];
  // A chain may always restart from the last object that is not a delta.
  let whole: Candidate | undefined;
  let breath = performance.now();

  const put = (item: PackItem, kind: number, size: number, base: Candidate | undefined, body: Uint8Array) => {
    const from = base === undefined ? [] : [distance(offset - base.offset)];
    const chunk = concat([entryHeader(kind, size), ...from, body]);
    const depth = base === undefined ? 0 : base.depth + 1;
    const made: Candidate = { oid: item.oid, offset, depth, base: undefined };
    if (base === undefined) whole = made;
    recent = [made, ...recent.slice(0, WINDOW - 1)];
    written.set(item.oid, made);
    entries.push({ oid: item.oid, offset, crc: crc32(chunk) });
    chunks.push(chunk);
    offset += chunk.length;
    return made;
  };

  for (const [i, item] of groupByPath(items).entries()) {
    if (groupOf(item) !== group) {
      recent = [];
      whole = undefined;
    }
    group = groupOf(item);
    if (performance.now() - breath > BREATH_MS) {
      onProgress?.(i, items.length);
      await new Promise((resolve) => setTimeout(resolve));
      breath = performance.now();
    }
    const there = await reuse?.(item.oid);
    const base = there?.base === undefined ? undefined : written.get(there.base);
    if (there !== undefined && base !== undefined && base.depth < REUSED_DEPTH) {
      put(item, OFS_DELTA, there.size, base, there.body);
      continue;
    }
    const { data } = await read(item.oid);
    const best = await bestDelta(data, [...recent, whole], read);
    // A delta of more than half the size may still compress better; with small objects most deltas are such.
    const doubtful = best === undefined || 2 * best.size > data.length;
    const plain = doubtful ? deflate(data) : undefined;
    if (best !== undefined && !(plain !== undefined && plain.length <= best.body.length))
      put(item, OFS_DELTA, best.size, best.base, best.body);
    else put(item, KINDS[item.type], data.length, undefined, plain ?? deflate(data));
    const made = recent[0];
    if (made !== undefined) made.base = new DeltaBase(data);
  }
  const body = concat(chunks);
  const checksum = await sha1(body);
  return finish(concat([body, checksum]), entries, checksum);
}

/** A completely checked pack, with the index that is needed to store it unchanged. */
export async function adoptPack({ pack, offsets }: IndexedPack): Promise<WrittenPack> {
  const places = [...offsets].sort(([, a], [, b]) => a - b);
  const end = pack.bytes.length - 20;
  const entries = places.map(([oid, offset], i) => {
    const chunk = pack.bytes.subarray(offset, places[i + 1]?.[1] ?? end);
    return { oid, offset, crc: crc32(chunk) };
  });
  return finish(new Uint8Array(pack.bytes), entries, pack.bytes.subarray(end));
}

async function finish(
  pack: Uint8Array<ArrayBuffer>,
  entries: readonly { oid: Oid; offset: number; crc: number }[],
  checksum: Uint8Array,
): Promise<WrittenPack> {
  return { pack, index: await packIndex(entries, checksum), name: `pack-${toHex(checksum)}` };
}

/** Paths that differ only in numbers form one group: a record becomes a delta of the record before it. */
function groupOf({ type, path }: PackItem): string {
  return `${type === "commit" ? "0" : "1"} ${type} ${path.replace(/\d+/g, "#")}`;
}

function groupByPath(items: readonly PackItem[]): PackItem[] {
  const groups = new Map<string, PackItem[]>();
  for (const item of items) {
    const group = groups.get(groupOf(item));
    if (group === undefined) groups.set(groupOf(item), [item]);
    else group.push(item);
  }
  return [...groups]
    .sort(([a], [b]) => Number(b.startsWith("0")) - Number(a.startsWith("0")))
    .flatMap(([, group]) => group);
}

interface Delta {
  readonly base: Candidate;
  readonly size: number;
  /** Compressed. */
  readonly body: Uint8Array;
}

/**
 * The smallest delta below half of the object (of a small one: below the whole), or undefined. Of several shortest copies the
 * smallest delta each is compressed, since only that tells which is the best.
 */
async function bestDelta(
  data: Uint8Array,
  candidates: readonly (Candidate | undefined)[],
  read: (oid: Oid) => Promise<GitObject>,
): Promise<Delta | undefined> {
  const small = data.length < SMALL;
  const found = new Map<number, { base: Candidate; delta: Uint8Array }>();
  for (const base of new Set(candidates)) {
    if (base === undefined || base.depth >= DEPTH_LIMIT) continue;
    base.base ??= new DeltaBase((await read(base.oid)).data);
    for (const block of small ? BLOCKS : BLOCKS.slice(0, 1)) {
      const limit = found.get(block)?.delta.length ?? 1 + (small ? data.length : data.length >> 1);
      const delta = encodeDelta(base.base, data, limit - 1, block);
      if (delta !== undefined) found.set(block, { base, delta });
    }
    if ([...found.values()].some(({ delta }) => delta.length < 48)) break;
  }
  const packed = [...found.values()].map(({ base, delta }): Delta => ({
    base,
    size: delta.length,
    body: deflate(delta),
  }));
  return packed.sort((a, b) => a.body.length - b.body.length)[0];
}

function packHeader(count: number): Uint8Array {
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0x5041434b); // PACK
  view.setUint32(4, 2);
  view.setUint32(8, count);
  return header;
}

/** Kind and size: four bits of the size in the first byte, seven in each that follows. */
function entryHeader(kind: number, size: number): Uint8Array {
  const bytes = [(kind << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Uint8Array.from(bytes);
}

/** Encodes the distance back to a delta's base: big-endian groups of seven bits, each but the last counted from one. */
function distance(back: number): Uint8Array {
  const bytes = [back & 0x7f];
  for (let rest = Math.floor(back / 128); rest > 0; rest = Math.floor(rest / 128)) {
    rest -= 1;
    bytes.unshift((rest & 0x7f) | 0x80);
  }
  return Uint8Array.from(bytes);
}

async function packIndex(
  entries: readonly { oid: Oid; offset: number; crc: number }[],
  checksum: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const sorted = [...entries].sort((a, b) => (a.oid < b.oid ? -1 : 1));
  const names = 8 + 256 * 4;
  const crcs = names + 20 * sorted.length;
  const offsets = crcs + 4 * sorted.length;
  const body = new Uint8Array(offsets + 4 * sorted.length + 20);
  const view = new DataView(body.buffer);
  view.setUint32(0, 0xff744f63);
  view.setUint32(4, 2);
  const fanout = new Uint32Array(256);
  for (const [i, { oid, offset, crc }] of sorted.entries()) {
    const bytes = fromHex(oid);
    const first = bytes[0] ?? 0;
    fanout[first] = (fanout[first] ?? 0) + 1;
    body.set(bytes, names + 20 * i);
    view.setUint32(crcs + 4 * i, crc);
    view.setUint32(offsets + 4 * i, offset);
  }
  let sum = 0;
  for (const [i, count] of fanout.entries()) view.setUint32(8 + 4 * i, (sum += count));
  body.set(checksum, offsets + 4 * sorted.length);
  return concat([body, await sha1(body)]);
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}
