// The only file that imports isomorphic-git: its plumbing, and the three arguments that every call of it needs. There
// is no index and no work tree: blobs, trees, commits and refs are written directly.

import "./globals.ts";
import type FS from "@isomorphic-git/lightning-fs";

export {
  deleteRef,
  Errors,
  init,
  listBranches,
  readCommit,
  readTree,
  resolveRef,
  writeBlob,
  writeCommit,
  writeRef,
  writeTree,
  type TreeEntry,
  type ReadCommitResult,
} from "isomorphic-git";

/** Where lightning-fs keeps the (bare) repository. */
export const GIT_DIRECTORY = "/git";

/** First argument of every isomorphic-git call; `cache` is shared so that packs are parsed once. */
export interface GitContext {
  readonly fs: FS;
  readonly gitdir: string;
  readonly cache: object;
}
