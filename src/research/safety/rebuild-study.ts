// Writes a recovered study anew, commit after commit, so that its history is complete and any git accepts it. Commits
// before the first loss keep their names; later ones get new names.
import type { Repository } from "../../repo/index.ts";
import * as notebook from "../study/notebook.ts";
import { saidByCommit, wordsOf } from "../study/commit-fields.ts";
import { recordFile, recordPath } from "../study/record-file.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { candidateFile, type Study } from "../study/study.ts";
import type { RecoveredStudy } from "./recover-study.ts";

/** Resolves with the study's new incumbent. */
export async function rebuildStudy(
  repository: Pick<Repository, "createStudy" | "commitExperiment">,
  { study, programs, learnings }: RecoveredStudy,
): Promise<string> {
  const { file, fixed, seedSource } = study;
  const candidate = candidateFile(file);
  const firstProgram = programs.get(-1) ?? programs.get(0) ?? "";
  const opened = await repository.createStudy({
    tag: file.study,
    files: { ...fixed, "program.md": firstProgram, [candidate]: seedSource },
    notebookFiles: {
      "results.tsv": notebook.resultsHeader(file),
      "learnings.md": notebook.LEARNINGS_HEADER,
    },
    subject: `Open study ${file.study}`,
    body: "Rebuilt from the data that were left after the store was damaged.",
    date: new Date(file.createdAt),
  });
  let { incumbent } = opened;
  let program = firstProgram;
  const done: ExperimentRecord[] = [];
  for (const record of study.records) {
    program = programs.get(record.number) ?? program;
    const base = done.find(({ number }) => number === record.base)?.commit ?? incumbent;
    const withCommit = (commit: string): ExperimentRecord => ({ ...record, commit, parentCommit: base });
    const last = record === study.records.at(-1);
    const { experiment } = await repository.commitExperiment({
      tag: file.study,
      parent: incumbent,
      base,
      keep: record.status === "keep",
      ...wordsOf(record, file),
      files: { ...fixed, "program.md": program, [candidate]: record.source },
      notebookFiles: (oid) => ({
        "results.tsv": notebook.resultsTable(file, [...done, withCommit(oid)]),
        "learnings.md":
          (last ? learnings : null) ??
          notebook.LEARNINGS_HEADER + [...done, record].map(notebook.learningsLine).join(""),
        [recordPath(record.number)]: recordFile(withoutGit(record), saidByCommit(record, file)),
      }),
      date: new Date(record.finishedAt),
    });
    done.push(withCommit(experiment));
    if (record.status === "keep") incumbent = experiment;
  }
  return incumbent;
}

/** The record as the notebook keeps it, without the commit and the source, which git holds. */
function withoutGit({
  commit: _commit,
  parentCommit: _parent,
  source: _source,
  ...stored
}: ExperimentRecord) {
  return stored;
}

/** A bundle of the study in a tab's memory; every commit gets program.md as it is now. */
export async function exportFromMemory(
  repository: Pick<Repository, "createStudy" | "commitExperiment" | "exportBundle">,
  study: Study,
  program: string,
): Promise<Uint8Array<ArrayBuffer>> {
  await rebuildStudy(repository, { study, programs: new Map([[-1, program]]), learnings: null, losses: [] });
  return repository.exportBundle(study.file.study);
}
