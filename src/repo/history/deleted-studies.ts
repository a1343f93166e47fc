// Deleted studies: their branches move below `deleted/`, where no list shows them but every object stays. A study can
// therefore be restored at any time.

import { LabError } from "../../error.ts";
import type { Oid } from "../objects/model.ts";
import { notebookBranch, studyBranch, tagOf } from "../objects/names.ts";
import { deleteRef, type GitContext, resolveRef } from "../storage/git.ts";
import { allBranches, branchTip, moveBranch, pointHead } from "./commits.ts";
import { listStudies } from "./studies.ts";

const BELOW = "deleted/";

/** Stages the deletion. LabError "git" when there is no such study, or a deleted one has its name. */
export async function stageDeletion(context: GitContext, tag: string): Promise<void> {
  for (const branch of branchesOf(tag)) await rename(context, branch, BELOW + branch);
  const head = await resolveRef({ ...context, ref: "HEAD", depth: 2 });
  if (head !== `refs/heads/${studyBranch(tag)}`) return;
  const [next] = await listStudies(context);
  await pointHead(context, studyBranch(next?.tag ?? "none"));
}

/** Stages the restoring of a study. LabError "git" when no such study was deleted, or its name is taken. */
export async function stageReturn(context: GitContext, tag: string): Promise<void> {
  for (const branch of branchesOf(tag)) await rename(context, BELOW + branch, branch);
}

/** Tags of deleted studies, sorted. */
export async function deletedStudies(context: GitContext): Promise<string[]> {
  const branches = [...(await allBranches(context)).keys()].filter((branch) => branch.startsWith(BELOW));
  const tags = branches.map((branch) => tagOf(branch.slice(BELOW.length)));
  return [...new Set(tags.filter((tag) => tag !== undefined))].sort();
}

const branchesOf = (tag: string) => [studyBranch(tag), notebookBranch(tag)];

async function rename(context: GitContext, from: string, to: string): Promise<void> {
  const tip: Oid | undefined = await branchTip(context, from);
  if (tip === undefined)
    throw new LabError("git", {
      what: "there is no such branch",
      got: from,
      hint: "see the list of studies",
    });
  await moveBranch(context, to, undefined, tip);
  await deleteRef({ ...context, ref: `refs/heads/${from}` });
}
