// Writing and reading commits and branches: isomorphic-git's plumbing in the repository's words.

import { LabError, messageOf } from "../../error.ts";
import {
  Errors,
  type GitContext,
  type ReadCommitResult,
  listBranches,
  readCommit,
  resolveRef,
  writeCommit,
  writeRef,
} from "../storage/git.ts";
import { cleanIdentity, parseMessage } from "../objects/message.ts";
import type { CommitEntry, Identity, Oid } from "../objects/model.ts";

export interface NewCommit {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  readonly author: Identity;
  readonly committer: Identity;
  readonly date: Date;
}

/** The same commit always has the same name: the time zone is always UTC. */
export function createCommit(context: GitContext, commit: NewCommit): Promise<Oid> {
  const timestamp = Math.floor(commit.date.getTime() / 1000);
  if (!Number.isSafeInteger(timestamp) || timestamp < 0)
    throw new LabError("git", { what: "commit: its date cannot be written", got: String(commit.date) });
  const stamp = (identity: Identity) => ({ ...cleanIdentity(identity), timestamp, timezoneOffset: 0 });
  return writeCommit({
    ...context,
    commit: {
      tree: commit.tree,
      parent: [...commit.parents],
      message: commit.message,
      author: stamp(commit.author),
      committer: stamp(commit.committer),
    },
  });
}

/** LabError "git" when there is no such commit or it is damaged. */
export async function loadCommit(context: GitContext, oid: Oid): Promise<CommitEntry> {
  let found: ReadCommitResult;
  try {
    found = await readCommit({ ...context, oid });
  } catch (cause) {
    throw gitError(`commit ${oid} cannot be read`, cause);
  }
  const { message, tree, parent, author } = found.commit;
  return {
    oid: found.oid,
    tree,
    parents: parent,
    message,
    ...parseMessage(message),
    author: { name: author.name, email: author.email },
    date: new Date(author.timestamp * 1000),
  };
}

/** The tip of a branch, or undefined when there is no such branch. */
export async function branchTip(context: GitContext, branch: string): Promise<Oid | undefined> {
  try {
    return await resolveRef({ ...context, ref: `refs/heads/${branch}` });
  } catch (error) {
    if (error instanceof Errors.NotFoundError) return undefined;
    throw gitError(`branch ${branch} cannot be read`, error);
  }
}

/**
 * Moves a branch from `expected` (undefined: it must not exist). The volume's version keeps this true until the commit.
 */
export async function moveBranch(
  context: GitContext,
  branch: string,
  expected: Oid | undefined,
  oid: Oid,
): Promise<void> {
  const found = await branchTip(context, branch);
  if (found !== expected)
    throw new LabError("git", {
      what: `branch ${branch} moved since it was read`,
      got: found ?? "no such branch",
      expected: expected ?? "none",
    });
  await writeRef({ ...context, ref: `refs/heads/${branch}`, value: oid, force: true });
}

export function pointHead(context: GitContext, branch: string): Promise<void> {
  return writeRef({ ...context, ref: "HEAD", value: `refs/heads/${branch}`, symbolic: true, force: true });
}

/** Every branch with its tip. */
export async function allBranches(context: GitContext): Promise<Map<string, Oid>> {
  const tips = new Map<string, Oid>();
  for (const branch of await listBranches({ ...context })) {
    const oid = await branchTip(context, branch);
    if (oid !== undefined) tips.set(branch, oid);
  }
  return tips;
}

/** Errors of isomorphic-git in one line; ours pass unchanged. */
export function gitError(what: string, cause: unknown): LabError {
  if (cause instanceof LabError) return cause;
  return new LabError("git", { what, got: messageOf(cause), cause });
}
