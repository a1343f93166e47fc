// All objects reachable from some commits, each once: the content of a bundle, the reading of a deep verification, and
// the objects that an import has to bring along.

import { LabError } from "../../error.ts";
import { LIMITS, beyond, startWatch } from "./limits.ts";
import type { Oid } from "./model.ts";
import { isPathPart } from "./names.ts";
import { type GitObject, type ObjectType, type TreeItem, parseCommit, parseTree } from "./object.ts";
import type { PackItem } from "./write-pack.ts";

export interface WalkOptions {
  /** True for objects that are neither followed nor returned. */
  readonly stop?: (oid: Oid) => boolean;
  /** Read blobs too, to check that they are present; default false. */
  readonly blobs?: boolean;
  /** Returns the type of an object that was read before, so that blobs need not be read for it. */
  readonly typeOf?: (oid: Oid) => ObjectType | undefined;
  /** Follow parents; default true. */
  readonly history?: boolean;
  /** Refuse trees that git would refuse to check out; for untrusted bundles. */
  readonly strict?: boolean;
  /** Called with the line of an error instead of throwing it; the walk goes on with the next object. */
  readonly onProblem?: (line: string) => void;
}

/**
 * Objects in the order of the walk, newest commits first, each with its path in the tree. LabError "git" if one is
 * missing.
 */
export async function walk(
  tips: readonly Oid[],
  read: (oid: Oid) => Promise<GitObject>,
  { stop, blobs = false, typeOf, strict = false, history = true, onProblem }: WalkOptions = {},
): Promise<PackItem[]> {
  const met = new Set<Oid>();
  const items: PackItem[] = [];
  const watch = strict ? startWatch("bundle") : () => undefined;

  /** The object if it is new, readable and of the type that its referrer gives. */
  async function meet(
    oid: Oid,
    type: "commit" | "tree" | "blob",
    path: string,
  ): Promise<GitObject | undefined> {
    if (met.has(oid) || stop?.(oid) === true) return undefined;
    met.add(oid);
    items.push({ oid, type, path });
    if (type === "blob" && (!blobs || typeOf?.(oid) === "blob")) return undefined;
    try {
      const object = await read(oid);
      if (object.type !== type)
        throw new LabError("git", { what: `object ${oid}: wrong type`, got: object.type, expected: type });
      return object;
    } catch (error) {
      report(error, onProblem);
      return undefined;
    }
  }

  async function meetTree(root: Oid): Promise<void> {
    const waiting = [{ oid: root, path: "", depth: 1 }];
    watch();
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const tree = await meet(next.oid, "tree", next.path);
      if (tree === undefined) continue;
      const items = attempt(() => parseTree(tree.data), onProblem) ?? [];
      if (strict) checkOrder(items);
      for (const item of items) {
        if (strict) checkItem(item);
        const path = `${next.path}/${item.name}`;
        const depth = next.depth + 1;
        if (strict && depth > LIMITS.treeDepth)
          throw beyond("tree: too many folders deep", depth, LIMITS.treeDepth);
        if (strict && path.length > LIMITS.pathLength)
          throw beyond("tree: a path is too long", path.length, LIMITS.pathLength);
        if (isFolder(item)) waiting.push({ oid: item.oid, path, depth });
        else await meet(item.oid, "blob", path);
      }
    }
  }

  const commits = [...tips];
  // The array grows while it is walked.
  for (const oid of commits) {
    const commit = await meet(oid, "commit", "");
    if (commit === undefined) continue;
    const links = attempt(() => parseCommit(commit.data), onProblem);
    if (links === undefined) continue;
    await meetTree(links.tree);
    if (history) commits.push(...links.parents);
  }
  return items;
}

function attempt<T>(work: () => T, onProblem: WalkOptions["onProblem"]): T | undefined {
  try {
    return work();
  } catch (error) {
    report(error, onProblem);
    return undefined;
  }
}

/** Reports a damaged object to `onProblem` where there is one; an error of the store is always thrown. */
function report(error: unknown, onProblem: WalkOptions["onProblem"]): void {
  if (onProblem === undefined || !(error instanceof LabError) || error.code !== "git") throw error;
  onProblem(error.message);
}

const isFolder = (item: TreeItem): boolean => item.mode === "40000";

function checkItem({ mode, name }: TreeItem): void {
  if (!["100644", "100755", "40000"].includes(mode))
    throw new LabError("git", { what: "tree: an entry is neither file nor folder", got: `mode ${mode}` });
  if (!isPathPart(name))
    throw new LabError("git", { what: "tree: a name cannot be used", got: JSON.stringify(name) });
}

/** Entries must be in git's order (a folder sorts as if it ended in `/`), each once. */
function checkOrder(items: readonly TreeItem[]): void {
  const keys = items.map((item) => new TextEncoder().encode(item.name + (isFolder(item) ? "/" : "")));
  for (const [i, key] of keys.entries()) {
    const before = keys[i - 1];
    if (before !== undefined && compare(before, key) >= 0)
      throw new LabError("git", "tree: its entries are not in order");
  }
  if (new Set(items.map((item) => item.name)).size !== items.length)
    throw new LabError("git", "tree: a name is in it twice");
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return (a[i] ?? 0) - (b[i] ?? 0);
  return a.length - b.length;
}
