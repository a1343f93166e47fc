// Reads thousands of commits and their files: the same results as through isomorphic-git, from objects that an
// ObjectReader inflates along their delta chains. A study of a thousand experiments is opened through this.

import { LabError } from "../../error.ts";
import { gitError } from "./commits.ts";
import { parseMessage } from "../objects/message.ts";
import type { CommitEntry, ExperimentEntry, Oid } from "../objects/model.ts";
import { pathParts } from "../objects/names.ts";
import { type GitObject, parseCommit, parseTree } from "../objects/object.ts";

export type Read = (oid: Oid) => Promise<GitObject>;

const decoder = new TextDecoder();

/** LabError "git" when there is no such commit or it is damaged. */
export async function commitAt(read: Read, oid: Oid): Promise<CommitEntry> {
  try {
    const { type, data } = await read(oid);
    if (type !== "commit") throw new LabError("git", { what: "not a commit", got: type });
    const { tree, parents } = parseCommit(data);
    const text = decoder.decode(data).replaceAll("\r\n", "\n");
    const header = text.slice(0, text.indexOf("\n\n"));
    const author = /^author (.*) <(.*)> (\d+) [+-]\d{4}$/m.exec(header);
    if (author === null) throw new LabError("git", "its author does not parse");
    const message = text.slice(header.length + 2);
    return {
      oid,
      tree,
      parents,
      message,
      ...parseMessage(message),
      author: { name: author[1] ?? "", email: author[2] ?? "" },
      date: new Date(Number(author[3]) * 1000),
    };
  } catch (cause) {
    throw new LabError("git", {
      what: `commit ${oid} cannot be read`,
      got: gitError("", cause).message,
      cause,
    });
  }
}

/** Text of one file, or undefined when the tree has none at this path. */
export async function textIn(read: Read, tree: Oid, path: string): Promise<string | undefined> {
  let oid = tree;
  for (const part of pathParts(path)) {
    const { type, data } = await read(oid);
    const item = type === "tree" ? parseTree(data).find(({ name }) => name === part) : undefined;
    if (item === undefined) return undefined;
    oid = item.oid;
  }
  const { type, data } = await read(oid);
  return type === "blob" ? decoder.decode(data) : undefined;
}

/** Every file of a tree by path, sorted as git sorts. */
export async function blobsIn(read: Read, tree: Oid, prefix = ""): Promise<[path: string, oid: Oid][]> {
  const found: [string, Oid][] = [];
  for (const { mode, name, oid } of parseTree((await read(tree)).data)) {
    if (mode === "40000") found.push(...(await blobsIn(read, oid, `${prefix}${name}/`)));
    else found.push([prefix + name, oid]);
  }
  return found;
}

/** Commits along first parents, newest first. */
export async function lineFrom(read: Read, tip: Oid, depth: number): Promise<CommitEntry[]> {
  const entries: CommitEntry[] = [];
  for (let next: Oid | undefined = tip; next !== undefined && entries.length < depth;) {
    const entry: CommitEntry = await commitAt(read, next);
    entries.push(entry);
    next = entry.parents[0];
  }
  return entries;
}

/** One page of a notebook, newest first, and the commit at which the next page begins. */
export async function experimentsFrom(
  read: Read,
  from: Oid,
  kept: ReadonlySet<Oid>,
  limit: number,
): Promise<{ entries: ExperimentEntry[]; next: Oid | undefined }> {
  const entries: ExperimentEntry[] = [];
  let next: Oid | undefined = from;
  while (next !== undefined && entries.length < limit) {
    const [before, experiment]: readonly Oid[] = (await commitAt(read, next)).parents;
    if (experiment === undefined) return { entries, next: undefined }; // the notebook's first page
    entries.push({ ...(await commitAt(read, experiment)), notebook: next, kept: kept.has(experiment) });
    next = before;
  }
  return { entries, next };
}

/** Every text that a reader of a study's bundle can see: each blob of its commits once, with its path. */
export async function* textsOf(
  read: Read,
  commits: readonly Oid[],
): AsyncGenerator<{ readonly where: string; readonly text: string }, void, undefined> {
  const met = new Set<Oid>();
  for (const commit of commits) {
    const { tree, message } = await commitAt(read, commit);
    yield { where: `${commit.slice(0, 7)} message`, text: message };
    for (const [path, oid] of met.has(tree) ? [] : await blobsIn(read, tree)) {
      if (met.has(oid)) continue;
      met.add(oid);
      yield { where: `${commit.slice(0, 7)} ${path}`, text: decoder.decode((await read(oid)).data) };
    }
    met.add(tree);
  }
}
