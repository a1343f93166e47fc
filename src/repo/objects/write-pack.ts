// Writing packs: one for a bundle, one for each repack of the store. Versions of a file become deltas of each other, so
// a thousand experiments fit in half a megabyte.

import { DeltaBase, encodeDelta } from "./delta.ts";
import type { Oid } from "./model.ts";
import { type GitObject, type ObjectType, fromHex, sha1, toHex } from "./object.ts";
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
  /** Version 2, as git writes beside the pack. */
  readonly index: Uint8Array<ArrayBuffer>;
  /** `pack-<sha1>`, without a suffix. */
  readonly name: string;
}

const KINDS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };
/** Readers follow chains one inflation at a time. */
const DEPTH_LIMIT = 50;
/** A tab must stay alive while it packs. */
const BREATH_MS = 25;
/** Objects read at once: reading and hashing are answered by other threads. */
const READ_AHEAD = 16;

interface Candidate {
  readonly base: DeltaBase;
  readonly offset: number;
  readonly depth: number;
}

/** Packs the items, grouped by path: commits first, paths in order of first appearance. */
export async function writePack(
  items: readonly PackItem[],
  read: (oid: Oid) => Promise<GitObject>,
): Promise<WrittenPack> {
  const chunks: Uint8Array[] = [packHeader(items.length)];
  const entries: { oid: Oid; offset: number; crc: number }[] = [];
  let offset = 12;
  let path = "";
  // Of the same path: the version before, and the last one that is whole; a chain may always restart from it.
  let last: Candidate | undefined;
  let whole: Candidate | undefined;
  for await (const { item, data } of readAhead(groupByPath(items), read)) {
    if (groupOf(item) !== path) last = whole = undefined;
    path = groupOf(item);
    const best = bestDelta(data, [last, whole]);
    const body = best?.delta ?? data;
    const chunk = concat([
      entryHeader(best === undefined ? KINDS[item.type] : OFS_DELTA, body.length),
      ...(best === undefined ? [] : [distance(offset - best.base.offset)]),
      deflate(body),
    ]);
    last = { base: new DeltaBase(data), offset, depth: best === undefined ? 0 : best.base.depth + 1 };
    if (best === undefined) whole = last;
    entries.push({ oid: item.oid, offset, crc: crc32(chunk) });
    chunks.push(chunk);
    offset += chunk.length;
  }
  const body = concat(chunks);
  const checksum = await sha1(body);
  return {
    pack: concat([body, checksum]),
    index: await packIndex(entries, checksum),
    name: `pack-${toHex(checksum)}`,
  };
}

/** The items with their contents, read a few at a time, with a pause now and then. */
async function* readAhead(
  items: readonly PackItem[],
  read: (oid: Oid) => Promise<GitObject>,
): AsyncGenerator<{ item: PackItem; data: Uint8Array }> {
  let breath = performance.now();
  for (let i = 0; i < items.length; i += READ_AHEAD) {
    const batch = items.slice(i, i + READ_AHEAD);
    yield* await Promise.all(batch.map(async (item) => ({ item, data: (await read(item.oid)).data })));
    if (performance.now() - breath < BREATH_MS) continue;
    await new Promise((resolve) => setTimeout(resolve));
    breath = performance.now();
  }
}

function groupOf({ type, path }: PackItem): string {
  return `${type === "commit" ? "0" : "1"} ${type} ${path}`;
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

/** The smallest delta that is less than half of the object, or undefined. */
function bestDelta(
  data: Uint8Array,
  candidates: readonly (Candidate | undefined)[],
): { readonly base: Candidate; readonly delta: Uint8Array } | undefined {
  let best: { base: Candidate; delta: Uint8Array } | undefined;
  for (const base of candidates) {
    if (base === undefined || base === best?.base || base.depth >= DEPTH_LIMIT) continue;
    // A second candidate has to win clearly, or the search is not worth its time.
    const limit = best === undefined ? data.length >> 1 : best.delta.length >> 1;
    if (best !== undefined && best.delta.length < 64) break;
    const delta = encodeDelta(base.base, data, limit);
    if (delta !== undefined) best = { base, delta };
  }
  return best;
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

/** How far back a delta's base starts: big-endian groups of seven bits, each but the last counted from one. */
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
