// Writes the repository's state to the witness after every acknowledged write, and compares the two at opening. A
// repository ahead of its witness is sound: the write of the witness was interrupted.

import { LabError } from "../../error.ts";
import type { Oid } from "../objects/model.ts";
import { notebookBranch, studyBranch, tagOf } from "../objects/names.ts";
import type { GitContext } from "../storage/git.ts";
import type { Witness, WitnessedStudy, WitnessStore } from "../storage/witness.ts";
import { allBranches, loadCommit } from "./commits.ts";

export class WitnessWriter {
  readonly #store: WitnessStore;
  readonly #failed: (error: unknown) => void;
  #last: Witness | null;

  /** `failed` gets the error of a failed write of the witness: no data are lost, and the next write tries again. */
  constructor(store: WitnessStore, last: Witness | null, failed: (error: unknown) => void) {
    this.#store = store;
    this.#last = last;
    this.#failed = failed;
  }

  /** Call after an acknowledged write. Never throws, because that write is already durable. */
  async write(
    context: GitContext,
    version: number,
    filesChanged: boolean,
    journals: readonly string[],
  ): Promise<void> {
    try {
      const before = this.#last;
      const studies =
        before === null || filesChanged
          ? await surveyStudies(context, before?.studies ?? [])
          : before.studies;
      const names = new Set([...(before?.journals ?? []), ...journals]);
      this.#last = { version, studies, journals: [...names].sort() };
      await this.#store.write(this.#last);
    } catch (error) {
      this.#failed(error);
    }
  }
}

/** Both tips and the number of experiments of every study; counting continues from the known studies. */
export async function surveyStudies(
  context: GitContext,
  known: readonly WitnessedStudy[],
): Promise<WitnessedStudy[]> {
  const branches = await allBranches(context);
  const tags = new Set([...branches.keys()].map(tagOf).filter((tag) => tag !== undefined));
  const studies: WitnessedStudy[] = [];
  for (const tag of [...tags].sort()) {
    const incumbent = branches.get(studyBranch(tag));
    const notebook = branches.get(notebookBranch(tag));
    if (incumbent === undefined || notebook === undefined) continue;
    const before = known.find((study) => study.tag === tag);
    const { count, met } = await entriesSince(context, notebook, before?.notebook);
    studies.push({ tag, incumbent, notebook, experiments: count + (met ? (before?.experiments ?? 0) : 0) });
  }
  return studies;
}

/** The repository's losses since the witness was written, one line each. LabError "storage" when it cannot be read. */
export async function missingSince(
  context: GitContext,
  version: number,
  journals: readonly string[],
  witness: Witness,
): Promise<string[]> {
  const problems: string[] = [];
  const branches = await allBranches(context);
  for (const study of witness.studies) {
    const found = branches.get(notebookBranch(study.tag));
    const expected = `${study.experiments} ${study.experiments === 1 ? "experiment" : "experiments"}`;
    if (found === undefined || !branches.has(studyBranch(study.tag))) {
      problems.push(`study ${study.tag} with its ${expected} is gone`);
      continue;
    }
    if (found === study.notebook && branches.get(studyBranch(study.tag)) === study.incumbent) continue;
    const { count, met } = await countEntries(context, found, study.notebook);
    if (!met)
      problems.push(
        `study ${study.tag} has ${count === null ? "a broken notebook" : String(count)} of its ${expected}`,
      );
  }
  for (const name of witness.journals)
    if (!journals.includes(name)) problems.push(`the journal ${name} is missing`);
  if (version < witness.version)
    problems.push(`the database is ${witness.version - version} writes behind the acknowledged state`);
  return problems;
}

async function countEntries(
  context: GitContext,
  tip: Oid,
  until: Oid,
): Promise<{ count: number | null; met: boolean }> {
  try {
    return await entriesSince(context, tip, until);
  } catch (error) {
    if (error instanceof LabError && error.code === "git") return { count: null, met: false };
    throw error;
  }
}

/** Notebook entries from `tip` back to `until` (not counted), or to the first page. */
async function entriesSince(
  context: GitContext,
  tip: Oid,
  until: Oid | undefined,
): Promise<{ count: number; met: boolean }> {
  let count = 0;
  for (let next: Oid | undefined = tip; next !== undefined;) {
    if (next === until) return { count, met: true };
    const [before, experiment]: readonly Oid[] = (await loadCommit(context, next)).parents;
    if (experiment === undefined) break; // the notebook's first page
    count++;
    next = before;
  }
  return { count, met: false };
}
