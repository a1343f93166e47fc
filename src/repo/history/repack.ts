// Keeping the store small: loose objects move into packs, packs of similar size into one (each object is rewritten about
// log n times). lightning-fs writes its whole directory tree with every commit, so fewer files also mean faster commits.

import { LabError } from "../../error.ts";
import { allBranches } from "./commits.ts";
import type { GitContext } from "../storage/git.ts";
import { ObjectReader, PACKS, loosePath } from "../objects/object-reader.ts";
import { indexPack } from "../objects/index-pack.ts";
import { walk } from "../objects/walk.ts";
import { type WrittenPack, type PackItem, writePack } from "../objects/write-pack.ts";

/** Stages the repack in the volume; the caller commits it. False when there was nothing to do. */
export async function repack(context: GitContext): Promise<boolean> {
  const { fs } = context;
  const reader = await ObjectReader.open(fs);
  if (reader.loose.size === 0) return false;
  const merged = reader.packsToMerge();
  const moving = new Set([...reader.loose, ...merged.flatMap((pack) => reader.objectsOf(pack))]);

  const tips = [...(await allBranches(context)).values()];
  const items: PackItem[] = await walk(tips, (oid) => reader.read(oid), { stop: (oid) => !moving.has(oid) });
  const met = new Set(items.map((item) => item.oid));
  // Objects that only other packs refer to, or that nothing refers to, are moved as well and never dropped.
  for (const oid of moving)
    if (!met.has(oid)) items.push({ oid, type: (await reader.read(oid)).type, path: oid });

  // Not hashed here: checkPack hashes every object of the pack it finds.
  const written = await writePack(items, (oid) => reader.read(oid), { reuse: (oid) => reader.reusable(oid) });
  await checkPack(written, items);
  await stagePack(context, written);
  for (const pack of merged) {
    if (pack === written.name) continue;
    await fs.promises.unlink(`${PACKS}/${pack}.pack`);
    await fs.promises.unlink(`${PACKS}/${pack}.idx`);
  }
  for (const oid of reader.loose) await fs.promises.unlink(loosePath(oid));
  return true;
}

export async function stagePack({ fs }: GitContext, { name, pack, index }: WrittenPack): Promise<void> {
  await fs.promises.writeFile(`${PACKS}/${name}.pack`, pack);
  await fs.promises.writeFile(`${PACKS}/${name}.idx`, index);
}

/** Checks the new pack as if it were untrusted, before the files that it replaces are deleted. */
async function checkPack({ pack, name }: WrittenPack, items: readonly PackItem[]): Promise<void> {
  const { offsets } = await indexPack(pack, () => Promise.resolve(undefined));
  if (offsets.size !== items.length || !items.every(({ oid }) => offsets.has(oid)))
    throw new LabError("internal", { what: `repack: ${name} does not hold the objects that were packed` });
}
