// Turns an outcome into a record, and commits it in one transaction with the journal. If its texts hold a key, it is
// committed without them: the experiment is lost, the study goes on.
import { LabError } from "../../error.ts";
import { NO_FIGURES } from "../../runner/index.ts";
import type { Candidate, ExperimentRecord, StoredRecord } from "../contract/lab-state.ts";
import { type Journal, sentBackFor } from "../study/journal.ts";
import type { LoopContext } from "./context.ts";
import { chunkBytes, codeTokens, nextSeed, scoredRuns, type Outcome } from "./run-experiment.ts";
import * as notebook from "../study/notebook.ts";
import { historyOf } from "../study/record.ts";
import { candidateFile, incumbentOf, incumbentSource, runsOf, type Study } from "../study/study.ts";
import { meanBpb } from "../verdict/verdict.ts";
import { fourDigits, saidByCommit, wordsOf } from "../study/commit-fields.ts";
import { keptFigures, keptRuns, keptSample, recordFile, recordPath } from "../study/record-file.ts";

/** The record of an experiment that ends now. */
export function recordOf(
  context: LoopContext,
  candidate: Candidate,
  outcome: Outcome,
  wallSeconds: number,
): StoredRecord {
  const { proposal, number, seed } = candidate;
  const incumbent = incumbentOf(context.study);
  const runs = keptRuns(scoredRuns(outcome.runs, seed), outcome.status === "keep");
  const known = incumbent === null ? [] : runsOf(context.study, incumbent);
  const incumbentRuns = incumbent === null ? [] : scoredRuns(outcome.incumbentRuns, nextSeed(known));
  const last = outcome.runs.findLast((run) => outcome.status !== "keep" || run.status === "scored");
  const tuning = outcome.runs.find((run) => run.tuning !== undefined)?.tuning;
  const sentBack = sentBackFor(context.journal.now, number);
  const scored = outcome.status === "keep" || outcome.status === "discard";
  const record = {
    number,
    seed,
    runs,
    incumbentRuns,
    wallSeconds: fourDigits(wallSeconds),
    chunkBytes: chunkBytes(outcome) ?? [],
    codeTokens: codeTokens(proposal.source),
    evidence: storedEvidence(outcome),
    hidden: outcome.status === "keep" ? hiddenOf(outcome) : null,
    ...controlOf(outcome, seed),
    parent: incumbent?.number ?? null,
    base: baseOf(context.study, proposal)?.number ?? null,
    status: outcome.status,
    hypothesis: proposal.hypothesis,
    category: proposal.category,
    researcher: proposal.researcher,
    expected: proposal.expected ?? null,
    falsify: proposal.falsify ?? null,
    valBpb: scored && runs.length > 0 ? meanBpb(runs) : null,
    incumbentBpb: incumbent && meanBpb([...known, ...incumbentRuns]),
    reason: outcome.reason,
    ...(sentBack.length > 0 ? { sentBack } : {}),
    ...keptFigures(last ?? NO_FIGURES, outcome.status === "keep"),
    ...(tuning === undefined ? {} : { tuning }),
    sample: keptSample(last?.status === "scored" ? last.sample : "", outcome.status === "keep"),
    finishedAt: 1000 * Math.floor(context.clock.now() / 1000), // as git keeps it
  };
  return { ...record, lesson: notebook.lessonOf(record) };
}

/** The experiment a proposal forks from; null when it changes the incumbent. */
function baseOf(study: Study, { base }: Candidate["proposal"]): ExperimentRecord | null {
  if (base === undefined || base === incumbentOf(study)?.number) return null;
  return study.records[base] ?? null;
}

/** The verdict's figures; null where the noise was unknown. */
function storedEvidence({ decision }: Outcome): StoredRecord["evidence"] {
  const evidence = decision?.evidence ?? null;
  if (evidence === null || evidence.noise.degrees === 0) return null;
  const { gain, standardError, better, noise } = evidence;
  return { gain, standardError, better, noise: noise.deviation, degrees: noise.degrees };
}

/** The scores of the last run, which decided, on the hidden test and on the validation text. */
function hiddenOf({ runs }: Outcome): StoredRecord["hidden"] {
  const run = runs.at(-1);
  if (run?.status !== "scored" || run.testBpb === undefined) return null;
  return { testBpb: run.testBpb, valBpb: run.valBpb };
}

/** The control text's score of the last run that has one, as the notebook keeps it. */
function controlOf({ runs, decision }: Outcome, seed: number): Pick<StoredRecord, "control"> {
  const scored = runs.flatMap((run, k) =>
    run.status === "scored" && run.control ? [{ seed: seed + k, ...run.control }] : [],
  );
  const last = scored.at(-1);
  if (last === undefined) return {};
  const chunks = last.chunks.map((chunk) => Number(chunk.toFixed(6)));
  return { control: { ...last, chunks, compared: decision?.control ?? null } };
}

/** Commits the record; `leaked`: without its texts, because they held a key. */
export async function commitSafely(
  context: LoopContext,
  candidate: Candidate,
  stored: StoredRecord,
  advance: (journal: Journal, leaked: boolean) => Partial<Journal>,
): Promise<{ readonly record: ExperimentRecord; readonly leaked: boolean }> {
  try {
    return {
      record: await commit(context, candidate, stored, (journal) => advance(journal, false)),
      leaked: false,
    };
  } catch (error) {
    if (!(error instanceof LabError) || error.code !== "leak") throw error;
    const number = String(candidate.number);
    context.listener.notice("error", `Experiment #${number} is kept without its text: ${error.message}`);
    const blank = { ...candidate, proposal: withoutText(candidate.proposal, context.study) };
    const record = await commit(context, blank, blanked(stored, blank), (journal) => advance(journal, true));
    return { record, leaked: true };
  }
}

const TAKEN_OUT = "Removed, because its commit would have held a key";

function withoutText({ category, researcher }: Candidate["proposal"], study: Study): Candidate["proposal"] {
  return { hypothesis: TAKEN_OUT, source: incumbentSource(study), category, researcher };
}

/** The record with its figures, without any text that a proposal, an error or a model could have written. */
function blanked(stored: StoredRecord, { proposal }: Candidate): StoredRecord {
  const figures: { -readonly [K in keyof StoredRecord]: StoredRecord[K] } = { ...stored };
  delete figures.sentBack;
  delete figures.step;
  delete figures.control;
  const record = {
    ...figures,
    hypothesis: proposal.hypothesis,
    expected: null,
    falsify: null,
    status: "crash" as const,
    valBpb: null,
    runs: [],
    chunkBytes: [],
    evidence: null,
    hidden: null,
    base: null,
    reason: `${TAKEN_OUT}; a key that was pasted anywhere should be withdrawn at its provider`,
    probes: [],
    sample: "",
    codeTokens: codeTokens(proposal.source),
  };
  return { ...record, lesson: notebook.lessonOf(record) };
}

/** Commits the record; the journal moves on in the same transaction. Throws LabError `storage`, `git` or `leak`. */
export async function commit(
  context: LoopContext,
  candidate: Candidate,
  stored: StoredRecord,
  advance: (journal: Journal) => Partial<Journal>,
): Promise<ExperimentRecord> {
  const { study, repository } = context;
  const tag = study.file.study;
  const before = study.records;
  const parent = study.incumbentCommit;
  const base = baseOf(study, candidate.proposal)?.commit ?? parent;
  const withCommit = (oid: string): ExperimentRecord => ({
    ...stored,
    commit: oid,
    parentCommit: base,
    source: candidate.proposal.source,
  });
  const learnings =
    context.memory?.learningsAfter({ ...stored, source: candidate.proposal.source }, before.map(historyOf)) ??
    notebook.LEARNINGS_HEADER + [...before, stored].map(notebook.learningsLine).join("");
  const { experiment } = await context.journal.write(advance, (journal) =>
    repository.commitExperiment({
      tag,
      parent,
      base,
      keep: stored.status === "keep",
      ...wordsOf(stored, study.file),
      files: {
        ...study.fixed,
        "program.md": context.program(),
        [candidateFile(study.file)]: candidate.proposal.source,
      },
      notebookFiles: (oid) => ({
        "results.tsv":
          notebook.resultsHeader(study.file) + [...before, withCommit(oid)].map(notebook.resultsRow).join(""),
        "learnings.md": learnings,
        [recordPath(stored.number)]: recordFile(stored, saidByCommit(stored, study.file)),
      }),
      journal,
      date: new Date(stored.finishedAt),
    }),
  );
  const record = withCommit(experiment);
  study.records.push(record);
  if (record.status === "keep") study.incumbentCommit = experiment;
  context.memory?.committed(learnings);
  return record;
}
