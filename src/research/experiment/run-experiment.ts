// Makes the runs of one experiment until the rule has its verdict. The lab chooses their seeds, and stores every
// finished run in the journal before the next begins.
import { normaliseSource } from "../../researchers/index.ts";
import type { FinishedRun, Judged, RunRequest } from "../../runner/index.ts";
import { failedRun, nextTurn, type Side, withRun } from "./next-turn.ts";
import type { Control, LoopContext } from "./context.ts";
import { runToItsEnd, type Wanted } from "./run-to-its-end.ts";
import { thin } from "../study/record.ts";
import { chunkBytesOf, incumbentOf, otherGroups, runsOf, type Study } from "../study/study.ts";
import type { Candidate, ExperimentRecord, ExperimentStatus, Sides } from "../contract/lab-state.ts";
import type { Contest, Decision, ScoredRun } from "../verdict/verdict.ts";

export interface Outcome extends Sides {
  readonly status: ExperimentStatus;
  readonly reason: string;
  /** Null when no rule decided: a run failed, or was stopped. */
  readonly decision: Decision | null;
}

/** The outcome of the candidate's experiment, or null when Stop now came first. Throws the lab's own failures. */
export async function runExperiment(
  context: LoopContext,
  candidate: Candidate,
  control: Control,
): Promise<Outcome | null> {
  const { study, rule, journal, listener } = context;
  if (candidate.refused !== null) {
    return { status: "crash", reason: candidate.refused, runs: [], incumbentRuns: [], decision: null };
  }
  const incumbent = incumbentOf(study);
  // The journal may hold the middle of a round.
  let sides: Sides = { runs: candidate.runs, incumbentRuns: candidate.incumbentRuns };
  for (;;) {
    const decision = rule.decide(contestOf(context, candidate, sides));
    const side = nextTurn(sides, decision.verdict, incumbent === null);
    if (side === null) return outcomeOf(context, incumbent, sides, decision);
    listener.turn(side, (side === "candidate" ? sides.runs : sides.incumbentRuns).length + 1);
    const wanted = { ...wantedOf(context, candidate, sides, side, incumbent), losses: lossesOf(context) };
    const run = await runToItsEnd(context, wanted, control);
    if (run === null) return null;
    if (side === "incumbent" && run.status !== "scored")
      listener.notice("warning", `A fresh run of the incumbent ended as ${run.status}: ${run.reason}`);
    const after = (sides = withRun(sides, side, run));
    await journal.update(({ slot }) => ({ slot: slot && { ...slot, ...after, losses: 0 } }));
  }
}

/** The candidate's outcome after its last run. */
function outcomeOf(
  { listener }: LoopContext,
  incumbent: ExperimentRecord | null,
  sides: Sides,
  decision: Decision,
): Outcome {
  const failed = failedRun(sides);
  if (failed === null) {
    const status = decision.verdict === "keep" ? "keep" : "discard";
    return { ...sides, status, reason: decision.reason, decision };
  }
  const status = failed.status === "stopped" || failed.status === "equal" ? "discard" : failed.status;
  // A baseline that scored and then crashed under another seed is kept: the study has no other to begin with.
  const scored = sides.runs.filter((run) => run.status === "scored").length;
  if (incumbent === null && status === "crash" && scored > 0) {
    const reason = `scored under ${scored} of ${sides.runs.length} seeds, then: ${failed.reason}`;
    listener.notice("warning", `The baseline crashed under another seed: ${failed.reason}`);
    return { ...sides, status: "keep", reason, decision: null };
  }
  return { ...sides, status, reason: failed.reason, decision: null };
}

/** GPU losses during the present run, counted in the journal. */
function lossesOf({ journal }: LoopContext): NonNullable<Wanted["losses"]> {
  return {
    before: journal.now.slot?.losses ?? 0,
    count: () =>
      journal.update(({ slot }) => ({ slot: slot && { ...slot, losses: (slot.losses ?? 0) + 1 } })),
  };
}

/** The rule's input after these runs. */
function contestOf({ study }: LoopContext, { seed, proposal }: Candidate, runs: Sides): Contest {
  const incumbent = incumbentOf(study);
  const fresh = incumbent === null ? 0 : nextSeed(runsOf(study, incumbent));
  const first = study.records.find(({ status }) => status === "keep");
  return {
    control: controlPairs(incumbent, runs.runs),
    ...(first === undefined || first === incumbent ? {} : { first: runsOf(study, first) }),
    candidate: scoredRuns(runs.runs, seed),
    incumbent:
      incumbent === null ? [] : [...runsOf(study, incumbent), ...scoredRuns(runs.incumbentRuns, fresh)],
    bytes: chunkBytes(runs) ?? chunkBytesOf(study),
    others: otherGroups(study, incumbent),
    code: {
      candidate: codeTokens(proposal.source),
      incumbent: codeTokens(incumbent?.source ?? proposal.source),
    },
  };
}

function wantedOf(
  context: LoopContext,
  candidate: Candidate,
  sides: Sides,
  side: Side,
  incumbent: ExperimentRecord | null,
): Wanted {
  const { study } = context;
  const run = (side === "candidate" ? sides.runs : sides.incumbentRuns).length;
  const id = `${study.file.study}/${candidate.number}/${side}/${run}`;
  if (side === "incumbent" && incumbent !== null) {
    const seed = nextSeed(runsOf(study, incumbent)) + run;
    const { number, source } = incumbent;
    return { id, seed, name: `#${number}`, source, before: sides.runs, othersRan: true };
  }
  const seed = candidate.seed + run;
  // Only a candidate that becomes the frontier is scored on the hidden test; its verdict is known as soon as its score.
  const wantTest = (score: Judged) => {
    const before = contestOf(context, candidate, sides);
    const runs = [...before.candidate, scoredRun(seed, score)];
    const contest = { ...before, candidate: runs, bytes: score.chunkBytes, control: null };
    return context.rule.decide(contest).verdict === "keep";
  };
  const paced = study.file.earlyStop && incumbent !== null && run === 0;
  return {
    id,
    seed,
    wantTest,
    modelOf: candidate.number,
    name: `#${candidate.number}`,
    source: candidate.proposal.source,
    before: sides.runs,
    othersRan: incumbent !== null,
    wantControl: incumbent === null,
    ...(paced ? { pace: thin(incumbent.curve, 200) } : {}),
    ...(run === 0 ? { earlier: earlierIn(study, seed) } : {}),
  };
}

/**
 * Finds the experiment that was scored under this seed and whose rehearsal had this digest: the incumbent, which most
 * candidates change, or else the latest.
 */
export function earlierIn({ records }: Pick<Study, "records">, seed: number): RunRequest["earlier"] {
  return (digest) => {
    const same = records.filter((one) => one.digest === digest && one.seed === seed && one.runs.length > 0);
    const incumbent = records.findLast(({ status }) => status === "keep");
    return same.find((one) => one === incumbent) ?? same.at(-1) ?? null;
  };
}

/** The last run and the run that the incumbent was kept for, on the validation and on the control text. */
function controlPairs(
  incumbent: ExperimentRecord | null,
  runs: readonly FinishedRun[],
): NonNullable<Contest["control"]> | null {
  const last = runs.at(-1);
  const before = incumbent?.control;
  const kept = incumbent?.runs.find(({ seed }) => seed === before?.seed);
  if (before === undefined || kept === undefined || last?.status !== "scored" || !last.control) return null;
  const { chunks, chunkBytes: bytes, control } = last;
  return {
    validation: { candidate: { chunks, bytes }, incumbent: { chunks: kept.chunks, bytes } },
    control: {
      candidate: { chunks: control.chunks, bytes: control.chunkBytes },
      incumbent: { chunks: before.chunks, bytes: before.chunkBytes },
    },
  };
}

/** The scored runs with their seeds: run k of a train.ts has its first seed plus k, so that no seed repeats. */
export function scoredRuns(runs: readonly FinishedRun[], seed: number): readonly ScoredRun[] {
  return runs.flatMap((run, k) => (run.status === "scored" ? [scoredRun(seed + k, run)] : []));
}

/** A run rounded as in the notebook, so that a verdict is the same before and after a reload. */
function scoredRun(seed: number, { valBpb, chunks, metrics }: Omit<Judged, "chunkBytes">): ScoredRun {
  const run = { seed, valBpb, chunks: chunks.map((chunk) => Number(chunk.toFixed(6))) };
  if (metrics === undefined) return run;
  // A metric may be of any size.
  const rounded = Object.entries(metrics).map(([name, values]) => [
    name,
    values.map((value) => Number(value.toPrecision(7))),
  ]);
  return { ...run, metrics: Object.fromEntries(rounded) as NonNullable<ScoredRun["metrics"]> };
}

/** The first seed that none of these runs had. */
export const nextSeed = (runs: readonly ScoredRun[]): number => 1 + Math.max(...runs.map(({ seed }) => seed));

/** Text bytes of the chunks; null when none of these runs was scored. */
export function chunkBytes({ runs, incumbentRuns }: Sides): readonly number[] | null {
  const scored = [...runs, ...incumbentRuns].find((run) => run.status === "scored");
  return scored?.status === "scored" ? scored.chunkBytes : null;
}

/** The number of tokens of code in a train.ts, without comments, layout and unread constants. */
export function codeTokens(source: string): number {
  return normaliseSource(source).split(" ").length;
}
