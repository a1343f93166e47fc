// Runs of one experiment until the rule has its verdict: the candidate first, then, while it is a near tie, its
// incumbent and the candidate in turn. Every run that ended is in the journal before the next begins.
import { normaliseSource } from "../agents/index.ts";
import type { Score } from "../runner/index.ts";
import type { Slot } from "./journal.ts";
import type { Control, LoopContext } from "./loop-context.ts";
import { measure, type Wanted } from "./measure.ts";
import { type ExperimentRecord, type FinishedRun, thin } from "./record.ts";
import { chunkBytesOf, incumbentOf, otherGroups, runsOf } from "./study.ts";
import type { ExperimentStatus } from "./state.ts";
import type { Contest, Decision, ScoredRun } from "./verdict.ts";

export interface Outcome {
  readonly status: ExperimentStatus;
  readonly reason: string;
  readonly runs: readonly FinishedRun[];
  /** Fresh runs of the incumbent. */
  readonly incumbentRuns: readonly FinishedRun[];
  /** Null when the rule was never asked: a run failed, or was stopped. */
  readonly decision: Decision | null;
}

type Side = "candidate" | "incumbent";
type Runs = Pick<Slot, "runs" | "incumbentRuns">;

/** The outcome of the slot's experiment, or null when Stop now came first. Throws what is the lab's own failure. */
export async function conduct(context: LoopContext, slot: Slot, control: Control): Promise<Outcome | null> {
  const incumbent = incumbentOf(context.study);
  let runs: Runs = { runs: slot.runs, incumbentRuns: slot.incumbentRuns };
  if (slot.refused !== null) {
    return { status: "crash", reason: slot.refused, runs: [], incumbentRuns: [], decision: null };
  }
  for (;;) {
    const failed = runs.runs.find((run) => run.status !== "scored");
    if (failed) {
      const status = failed.status === "stopped" ? "discard" : failed.status;
      return { status, reason: failed.reason, ...runs, decision: null };
    }
    let side: Side | null = dueSide(runs, incumbent !== null);
    if (side === null) {
      const decision = context.rule.decide(contestOf(context, slot, runs));
      const { verdict, reason } = decision;
      if (verdict !== "replicate") return { status: verdict, reason, ...runs, decision };
      side = incumbent === null ? "candidate" : "incumbent";
    }
    const of = side === "candidate" ? runs.runs : runs.incumbentRuns;
    context.listener.turn(side, of.length + 1);
    const result = await measure(context, wantedOf(context, slot, runs, side, incumbent), control);
    if (result === null) return null;
    if (side === "incumbent" && result.status !== "scored") {
      context.listener.notice(
        "warning",
        `A fresh run of the incumbent ended as ${result.status}: ${result.reason}`,
      );
    }
    const after = [...of, result];
    runs = side === "candidate" ? { ...runs, runs: after } : { ...runs, incumbentRuns: after };
    const journalled = runs;
    await context.journal.update(({ slot: now }) => ({ slot: now && { ...now, ...journalled } }));
  }
}

/** Whose run comes next, or null when it is time to look. They take turns, so that a drifting machine moves both. */
function dueSide({ runs, incumbentRuns }: Runs, hasIncumbent: boolean): "candidate" | null {
  if (runs.length === 0) return "candidate";
  // The incumbent has had its turn of this round, the candidate has not.
  return hasIncumbent && incumbentRuns.length === runs.length ? "candidate" : null;
}

/** What the rule sees after these runs. */
function contestOf({ study }: LoopContext, { seed, proposal }: Slot, runs: Runs): Contest {
  const incumbent = incumbentOf(study);
  const fresh = incumbent === null ? 0 : nextSeed(runsOf(study, incumbent));
  return {
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
  slot: Slot,
  runs: Runs,
  side: Side,
  incumbent: ExperimentRecord | null,
): Wanted {
  const { study } = context;
  const run = side === "candidate" ? runs.runs.length : runs.incumbentRuns.length;
  const id = `${study.file.study}/${String(slot.number)}/${side}/${String(run)}`;
  if (side === "incumbent" && incumbent !== null) {
    const seed = nextSeed(runsOf(study, incumbent)) + run;
    return { id, seed, name: `#${String(incumbent.number)}`, source: incumbent.source, othersRan: true };
  }
  const seed = slot.seed + run;
  // The hidden test is scored only of what becomes the frontier, and the verdict is known as soon as the score is.
  const wantTest = (score: Pick<Score, "valBpb" | "chunks" | "chunkBytes">) => {
    const before = contestOf(context, slot, runs);
    const candidate = [...before.candidate, scoredRun(seed, score)];
    return context.rule.decide({ ...before, candidate, bytes: score.chunkBytes }).verdict === "keep";
  };
  const paced = study.file.earlyStop && incumbent !== null && run === 0;
  return {
    ...{ id, seed, wantTest, name: `#${String(slot.number)}`, source: slot.proposal.source },
    othersRan: incumbent !== null,
    ...(paced ? { pace: thin(incumbent.curve, 200) } : {}),
  };
}

/** Seeds belong to the lab: run k of a train.ts has the study's seed plus k, and none is used twice for the same. */
export function scoredRuns(runs: readonly FinishedRun[], seed: number): readonly ScoredRun[] {
  return runs.flatMap((run, k) => (run.status === "scored" ? [scoredRun(seed + k, run)] : []));
}

/** As the notebook keeps it, so that a verdict is the same before and after a reload. */
function scoredRun(seed: number, { valBpb, chunks }: Pick<Score, "valBpb" | "chunks">): ScoredRun {
  return { seed, valBpb, chunks: chunks.map((chunk) => Number(chunk.toFixed(6))) };
}

/** The first seed that none of these runs had. */
export const nextSeed = (runs: readonly ScoredRun[]): number => 1 + Math.max(...runs.map(({ seed }) => seed));

/** Text bytes of the chunks, where one of these runs was scored. */
export function chunkBytes({ runs, incumbentRuns }: Runs): readonly number[] | null {
  const scored = [...runs, ...incumbentRuns].find((run) => run.status === "scored");
  return scored?.status === "scored" ? scored.chunkBytes : null;
}

/** How much code a train.ts is: comments, layout and constants that nothing reads do not count. */
export function codeTokens(source: string): number {
  return normaliseSource(source).split(" ").length;
}
