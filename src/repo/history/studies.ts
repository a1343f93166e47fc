// A study is two branches of commits: creates a study, adds an experiment, reads them. Writes are staged, and the
// caller makes them durable.

import { LabError } from "../../error.ts";
import { oneLine } from "../../text.ts";
import { composeMessage } from "../objects/message.ts";
import { allBranches, branchTip, createCommit, loadCommit, moveBranch, pointHead } from "./commits.ts";
import { type GitContext, resolveRef } from "../storage/git.ts";
import type { Identity, NewExperiment, NewStudy, Oid, Study, Trailer } from "../objects/model.ts";
import { checkTag, notebookBranch, studyBranch, tagOf } from "../objects/names.ts";
import { writeFiles } from "./tree.ts";

export async function stageStudy(context: GitContext, study: NewStudy, identity: Identity): Promise<Study> {
  const { tag, subject, body = "", trailers = [], date, author = identity } = study;
  checkTag(tag);
  const message = composeMessage(subject, body, trailers);
  const common = { message, author, committer: identity, date };
  const tree = await writeFiles(context, study.files);
  const incumbent = await createCommit(context, { ...common, tree, parents: [] });
  const notes = await writeFiles(context, study.notebookFiles);
  const title = `Open the notebook of ${tag}`;
  const notebook = await createCommit(context, {
    ...common,
    tree: notes,
    parents: [incumbent],
    message: composeMessage(title, body, trailers),
  });
  await moveBranch(context, studyBranch(tag), undefined, incumbent);
  await moveBranch(context, notebookBranch(tag), undefined, notebook);
  await pointHead(context, studyBranch(tag));
  return { tag, incumbent, notebook };
}

/**
 * The experiment's parent is the incumbent, the notebook entry's parents are both; the study's branch moves only with a
 * keep.
 */
export async function stageExperiment(
  context: GitContext,
  experiment: NewExperiment,
  identity: Identity,
): Promise<{ experiment: Oid; notebook: Oid }> {
  const { tag, parent, subject, body = "", trailers, date, author = identity } = experiment;
  const { base: from = parent } = experiment;
  const study = await loadStudy(context, tag);
  if (study.incumbent !== parent)
    throw new LabError("git", {
      what: `study ${tag}: the incumbent changed since this experiment began`,
      got: parent,
      expected: study.incumbent,
    });
  const message = composeMessage(subject, body, trailers);
  const common = { author, committer: identity, date };
  const known = (await loadCommit(context, parent)).tree;
  const tree = await writeFiles(context, experiment.files, { known });
  // A fork that is kept has the beaten incumbent as its second parent, so that no history leaves the branch.
  const parents = from === parent ? [parent] : experiment.keep ? [from, parent] : [from];
  const oid = await createCommit(context, { ...common, message, tree, parents });

  const base = (await loadCommit(context, study.notebook)).tree;
  const { notebookFiles } = experiment;
  const changes = typeof notebookFiles === "function" ? notebookFiles(oid) : notebookFiles;
  const notes = await writeFiles(context, changes, { base });
  const notebook = await createCommit(context, {
    ...common,
    tree: notes,
    parents: [study.notebook, oid],
    message: notebookMessage(message, trailers),
  });
  await moveBranch(context, notebookBranch(tag), study.notebook, notebook);
  if (experiment.keep) await moveBranch(context, studyBranch(tag), parent, oid);
  return { experiment: oid, notebook };
}

/** All studies: HEAD's first, the others by the date of their last entries. */
export async function listStudies(context: GitContext): Promise<Study[]> {
  const tags = new Set(
    [...(await allBranches(context)).keys()].map(tagOf).filter((tag) => tag !== undefined),
  );
  if (tags.size === 0) return [];
  const head = tagOf((await resolveRef({ ...context, ref: "HEAD", depth: 2 })).replace("refs/heads/", ""));
  const studies: { study: Study; rank: number }[] = [];
  for (const tag of tags) {
    const study = await loadStudy(context, tag);
    const latest = (await loadCommit(context, study.notebook)).date.getTime();
    studies.push({ study, rank: tag === head ? Infinity : latest });
  }
  return studies.sort((a, b) => b.rank - a.rank).map(({ study }) => study);
}

/** Both tips of a study. LabError "git" when one is missing. */
export async function loadStudy(context: GitContext, tag: string): Promise<Study> {
  const incumbent = await branchTip(context, studyBranch(tag));
  const notebook = await branchTip(context, notebookBranch(tag));
  if (incumbent === undefined || notebook === undefined)
    throw new LabError("git", {
      what: `study ${JSON.stringify(tag)}: there is no such study`,
      hint: "see the list of studies",
    });
  return { tag, incumbent, notebook };
}

/** The experiment's message with its status in front: `git log --first-parent notebook/<tag>` shows it. */
function notebookMessage(message: string, trailers: readonly Trailer[]): string {
  const status = trailers.find(([key]) => key === "Status")?.[1];
  return status === undefined ? message : `${oneLine(status)}: ${message}`;
}
