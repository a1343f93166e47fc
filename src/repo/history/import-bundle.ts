// Imports an untrusted bundle. It is checked in memory first: checksum, count, every object, every tree name,
// reachability. Only then is it staged: the pack unchanged when we could have written it, else rewritten.

import { LabError } from "../../error.ts";
import { parseBundle } from "../objects/bundle.ts";
import { allBranches, moveBranch } from "./commits.ts";
import type { GitContext } from "../storage/git.ts";
import type { Oid } from "../objects/model.ts";
import { checkNamespace, isBranchName } from "../objects/names.ts";
import { type GitObject, parseCommit } from "../objects/object.ts";
import { ObjectReader } from "../objects/object-reader.ts";
import { indexPack } from "../objects/index-pack.ts";
import { stagePack } from "./repack.ts";
import { walk } from "../objects/walk.ts";
import { writePack, REUSED_DEPTH, adoptPack } from "../objects/write-pack.ts";

/**
 * Stages the bundle's branches under `<namespace>/`; the caller commits. LabError "git" gives the reason of a refusal.
 */
export async function stageImport(
  context: GitContext,
  bytes: Uint8Array,
  namespace: string,
): Promise<{ branch: string; oid: Oid }[]> {
  checkNamespace(namespace);
  const { prerequisites, branches, pack } = parseBundle(bytes);
  const reader = await ObjectReader.open(context.fs);
  for (const oid of prerequisites)
    if (!reader.has(oid))
      throw new LabError("git", {
        what: "bundle: it builds on a commit that is not here",
        got: oid,
        hint: "export the whole study instead",
      });

  const quarantine = await indexPack(pack, async (oid) => (reader.has(oid) ? reader.read(oid) : undefined));
  const read = (oid: Oid): Promise<GitObject> => {
    const offset = quarantine.offsets.get(oid);
    return offset === undefined ? reader.read(oid) : quarantine.pack.readAt(offset);
  };
  const items = await walk([...branches.values()], read, {
    stop: (oid) => reader.has(oid),
    blobs: true,
    typeOf: (oid) => quarantine.types.get(oid),
    strict: true,
  });
  // The walk stops at objects that the repository has, so a tip among them must be checked to be a commit.
  for (const [name, oid] of branches)
    if ((await read(oid)).type !== "commit")
      throw new LabError("git", { what: `bundle: branch ${name} is not at a commit`, got: oid });

  const adopted = [...branches].map(([name, oid]) => ({ branch: `${namespace}/${name}`, oid }));
  const present = await allBranches(context);
  const taken = [...present.keys(), ...adopted.map(({ branch }) => branch)];
  for (const { branch, oid } of adopted) {
    checkBranch(branch, taken);
    await checkMove(branch, oid, present.get(branch), read);
  }

  if (items.length > 0) {
    const whole = items.length === quarantine.offsets.size && quarantine.pack.selfContained;
    const asItIs = whole && quarantine.pack.deepest <= REUSED_DEPTH;
    await stagePack(context, asItIs ? await adoptPack(quarantine) : await writePack(items, read));
  }
  for (const { branch, oid } of adopted) await moveBranch(context, branch, present.get(branch), oid);
  return adopted;
}

/** A branch cannot be a folder of other branches too; lightning-fs would allow it. */
function checkBranch(branch: string, taken: readonly string[]): void {
  const clash = taken.find((other) => other.startsWith(`${branch}/`) || branch.startsWith(`${other}/`));
  if (clash !== undefined || !isBranchName(branch))
    throw new LabError("git", {
      what: `import: branch ${branch} cannot be created`,
      got: clash ?? "not a branch name",
    });
}

/** A branch is added or moves forward; it never loses commits of an earlier import. */
async function checkMove(
  branch: string,
  oid: Oid,
  before: Oid | undefined,
  read: (oid: Oid) => Promise<GitObject>,
): Promise<void> {
  if (before !== undefined && !(await isAncestor(before, oid, read)))
    throw new LabError("git", {
      what: `import: branch ${branch} would lose commits`,
      got: oid,
      expected: `a descendant of ${before}`,
      hint: "import under another name",
    });
}

async function isAncestor(ancestor: Oid, tip: Oid, read: (oid: Oid) => Promise<GitObject>): Promise<boolean> {
  const commits = new Set([tip]);
  for (const oid of commits) {
    if (oid === ancestor) return true;
    for (const parent of parseCommit((await read(oid)).data).parents) commits.add(parent);
  }
  return false;
}
