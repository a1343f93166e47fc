// Reads an untrusted pack: one from outside, or our own before the packs that it replaces are deleted.

import { LabError } from "../../error.ts";
import type { Oid } from "./model.ts";
import { type GitObject, type ObjectType, objectId, sha1, toHex } from "./object.ts";
import { LIMITS, beyond, startWatch, workLimit } from "./limits.ts";
import { MissingBase, PackFile } from "./pack-file.ts";

/** Rounds over deltas whose bases, given by name, come later; packs written by git need one or two. */
const ROUNDS_LIMIT = 64;
/** Objects hashed at once. */
const BATCH = 32;

export interface IndexedPack {
  readonly offsets: ReadonlyMap<Oid, number>;
  readonly types: ReadonlyMap<Oid, ObjectType>;
  readonly pack: PackFile;
}

/**
 * Reads an untrusted pack into names and offsets; checks header, count, checksum and every object. `external` returns
 * bases that the pack leaves out (a thin pack). LabError "git" gives the reason of a refusal.
 */
export async function indexPack(
  bytes: Uint8Array,
  external: (oid: Oid) => Promise<GitObject | undefined>,
): Promise<IndexedPack> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 32 || view.getUint32(0) !== 0x5041434b)
    throw new LabError("git", "pack: it does not begin with PACK");
  if (view.getUint32(4) !== 2)
    throw new LabError("git", {
      what: "pack: unknown version",
      got: String(view.getUint32(4)),
      expected: "2",
    });
  const count = view.getUint32(8);
  if (count > LIMITS.objects) throw beyond("pack: too many objects", count, LIMITS.objects);
  if (bytes.length > LIMITS.packBytes) throw beyond("pack: too many bytes", bytes.length, LIMITS.packBytes);
  const checksum = toHex(await sha1(bytes.subarray(0, -20)));
  if (checksum !== toHex(bytes.subarray(-20)))
    throw new LabError("git", {
      what: "pack: its checksum is wrong",
      hint: "it was cut off or changed on the way",
    });

  const offsets = new Map<Oid, number>();
  const types = new Map<Oid, ObjectType>();
  const bases = async (oid: Oid) => offsets.get(oid) ?? external(oid);
  const pack = new PackFile(bytes, bases, workLimit(bytes.length));
  const watch = startWatch("pack");
  /** Hashes the objects at these offsets; returns the offsets whose base is still missing. */
  const adopt = async (batch: readonly number[]): Promise<number[]> => {
    const left: number[] = [];
    const found: { offset: number; object: GitObject }[] = [];
    for (const offset of batch) {
      try {
        found.push({ offset, object: await pack.readAt(offset) });
      } catch (error) {
        if (!(error instanceof MissingBase)) throw error;
        left.push(offset);
      }
    }
    watch();
    // Another thread computes the hashes; awaiting them one by one took most of the time.
    const names = await Promise.all(found.map(({ object }) => objectId(object)));
    for (const [i, { offset, object }] of found.entries()) {
      const oid = names[i] ?? "";
      offsets.set(oid, offset);
      types.set(oid, object.type);
    }
    return left;
  };
  let waiting = pack.scan(count, watch);
  for (let round = 0; waiting.length > 0; round++) {
    const left: number[] = [];
    for (let i = 0; i < waiting.length; i += BATCH) left.push(...(await adopt(waiting.slice(i, i + BATCH))));
    if (left.length === waiting.length || round === ROUNDS_LIMIT)
      throw new LabError("git", {
        what: "pack: the bases of some deltas are missing",
        got: `${left.length} of ${count} objects without one`,
      });
    waiting = left;
  }
  if (offsets.size !== count) throw new LabError("git", "pack: an object is in it twice");
  return { offsets, types, pack };
}
