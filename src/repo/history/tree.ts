// Converts texts by path to trees and back. An unchanged folder is not read or written again, so a notebook of a
// thousand files costs as much per experiment as one of ten.

import { LabError } from "../../error.ts";
import { type GitContext, type TreeEntry, readTree, writeBlob, writeTree } from "../storage/git.ts";
import type { FileChanges, Oid } from "../objects/model.ts";
import { pathParts } from "../objects/names.ts";
import { objectId } from "../objects/object.ts";

const FILE_MODE = "100644";
const FOLDER_MODE = "040000";
const encoder = new TextEncoder();

/** A folder's changes: text or null for a file, a nested map for a folder. */
type Changes = Map<string, string | null | Changes>;

/**
 * Writes `base` with the changes applied and returns the new tree. Without a base the changes are the whole tree.
 * `known` is a tree whose blobs need not be written again. LabError "git" for a path that cannot be used or a tree that
 * would be empty.
 */
export async function writeFiles(
  context: GitContext,
  files: FileChanges,
  { base, known = base }: { readonly base?: Oid; readonly known?: Oid } = {},
): Promise<Oid> {
  const tree = await writeFolder(context, nest(files), base, known);
  if (tree === undefined)
    throw new LabError("git", { what: "commit: its tree is empty", expected: "at least one file" });
  return tree;
}

function nest(files: FileChanges): Changes {
  const root: Changes = new Map();
  for (const [path, text] of Object.entries(files)) {
    const parts = pathParts(path);
    let folder = root;
    for (const part of parts.slice(0, -1)) {
      let next = folder.get(part);
      if (next === undefined) folder.set(part, (next = new Map()));
      if (!(next instanceof Map)) throw collision(path);
      folder = next;
    }
    const name = parts.at(-1) ?? "";
    if (folder.has(name)) throw collision(path);
    folder.set(name, text);
  }
  return root;
}

/** The new folder, or undefined when it is empty. */
async function writeFolder(
  context: GitContext,
  changes: Changes,
  base: Oid | undefined,
  known: Oid | undefined,
): Promise<Oid | undefined> {
  const entries = await entriesOf(context, base);
  const seen = known === base ? entries : await entriesOf(context, known);
  for (const [name, change] of changes) {
    const before = entries.get(name);
    const there = seen.get(name);
    if (change === null) {
      entries.delete(name);
      continue;
    }
    const folder = change instanceof Map;
    // A file must not silently replace a folder of experiments.
    if (before !== undefined && (before.type === "tree") !== folder) throw collision(name);
    const oid = folder
      ? await writeFolder(context, change, before?.oid, there?.type === "tree" ? there.oid : undefined)
      : await writeText(context, change, there?.oid);
    if (oid === undefined) entries.delete(name);
    else
      entries.set(name, {
        path: name,
        oid,
        mode: folder ? FOLDER_MODE : FILE_MODE,
        type: folder ? "tree" : "blob",
      });
  }
  if (entries.size === 0) return undefined;
  return writeTree({ ...context, tree: [...entries.values()] });
}

async function writeText(context: GitContext, text: string, there: Oid | undefined): Promise<Oid> {
  const blob = encoder.encode(text);
  if (there !== undefined && (await objectId({ type: "blob", data: blob })) === there) return there;
  return writeBlob({ ...context, blob });
}

async function entriesOf(context: GitContext, tree: Oid | undefined): Promise<Map<string, TreeEntry>> {
  if (tree === undefined) return new Map();
  const { tree: entries } = await readTree({ ...context, oid: tree });
  return new Map(entries.map((entry) => [entry.path, entry]));
}

function collision(path: string): LabError {
  return new LabError("git", {
    what: "commit: a path is both a file and a folder, or is there twice",
    got: JSON.stringify(path.slice(0, 200)),
  });
}
