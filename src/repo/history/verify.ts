// Verifies the repository before the first write of a session: a commit on a branch whose tip is missing would succeed
// and break its history for good.

import { LabError } from "../../error.ts";
import { allBranches } from "./commits.ts";
import type { GitContext } from "../storage/git.ts";
import type { VerifyReport } from "../objects/model.ts";
import { notebookBranch, studyBranch, tagOf } from "../objects/names.ts";
import { ObjectReader } from "../objects/object-reader.ts";
import { walk } from "../objects/walk.ts";

/**
 * Reads and hashes the tips of every branch with their whole trees; `deep`: their whole history. Damage is reported,
 * not thrown; LabError "storage" when the store itself fails.
 */
export async function verifyRepository(context: GitContext, deep: boolean): Promise<VerifyReport> {
  const problems: string[] = [];
  const branches = await allBranches(context);
  const tags = new Set([...branches.keys()].map(tagOf).filter((tag) => tag !== undefined));
  for (const tag of tags)
    for (const branch of [studyBranch(tag), notebookBranch(tag)])
      if (!branches.has(branch)) problems.push(`branch ${branch} is missing`);
  let objects = 0;
  try {
    const reader = await ObjectReader.open(context.fs);
    const items = await walk([...branches.values()], (oid) => reader.read(oid, true), {
      blobs: true,
      history: deep,
      onProblem: (line) => problems.push(line),
    });
    objects = items.length;
  } catch (error) {
    // A damaged index is a problem to report, too.
    if (!(error instanceof LabError) || error.code !== "git") throw error;
    problems.push(error.message);
  }
  return { problems, studies: tags.size, objects };
}
