// Runs of one experiment until the rule has its verdict, each with a seed of the lab's. Every run that ended is in the
// journal before the next begins.
import { normaliseSource } from "../../researchers/index.ts";
import type { Score } from "../../runner/index.ts";
import { takeTurns, type Side, type Sides } from "./take-turns.ts";
import type { Slot } from "../study/journal.ts";
import type { Control, LoopContext } from "./context.ts";
import { runToItsEnd, type Wanted } from "./run-to-its-end.ts";
import { type ExperimentRecord, type FinishedRun, thin } from "../study/record.ts";
import { chunkBytesOf, incumbentOf, otherGroups, runsOf } from "../study/study.ts";
import type { ExperimentStatus } from "../contract/lab-state.ts";
import type { Contest, Decision, ScoredRun } from "../verdict/verdict.ts";

export interface Outcome extends Sides {
  readonly status: ExperimentStatus;
  readonly reason: string;
  /** Null when the rule was never asked: a run failed, or was stopped. */
  readonly decision: Decision | null;
}

/** The outcome of the slot's experiment, or null when Stop now came first. Throws what is the lab's own failure. */
export async function runExperiment(
  context: LoopContext,
  slot: Slot,
  control: Control,
): Promise<Outcome | null> {
  if (slot.refused !== null) {
    return { status: "crash", reason: slot.refused, runs: [], incumbentRuns: [], decision: null };
  }
  const incumbent = incumbentOf(context.study);
  const ending = await takeTurns(slot, {
    against: incumbent !== null,
    look: (sides) => context.rule.decide(contestOf(context, slot, sides)),
    run: async (side, sides) => {
      const run = side === "candidate" ? sides.runs.length : sides.incumbentRuns.length;
      context.listener.turn(side, run + 1);
      const wanted = { ...wantedOf(context, slot, sides, side, incumbent), losses: lossesOf(context) };
      const result = await runToItsEnd(context, wanted, control);
      if (side === "incumbent" && result !== null && result.status !== "scored") {
        const how = `${result.status}: ${result.reason}`;
        context.listener.notice("warning", `A fresh run of the incumbent ended as ${how}`);
      }
      return result;
    },
    save: (sides) =>
      context.journal.update(({ slot: now }) => ({ slot: now && { ...now, ...sides, losses: 0 } })),
  });
  if (ending === null) return null;
  const { runs, incumbentRuns, decision, failed } = ending;
  if (failed === null) {
    // A decision that ends a contest is keep or discard.
    const status = decision.verdict === "keep" ? "keep" : "discard";
    return { status, reason: decision.reason, runs, incumbentRuns, decision };
  }
  const status = failed.status === "stopped" ? "discard" : failed.status;
  // A first train.ts that ran and then crashed under another seed is still what the study has to begin with.
  const scored = runs.filter((run) => run.status === "scored").length;
  if (incumbent === null && status === "crash" && scored > 0) {
    const reason = `scored under ${scored} of ${runs.length} seeds, then: ${failed.reason}`;
    context.listener.notice("warning", `The baseline crashed under another seed: ${failed.reason}`);
    return { status: "keep", reason, runs, incumbentRuns, decision };
  }
  return { status, reason: failed.reason, runs, incumbentRuns, decision };
}

/** Losses of the GPU under the run that is under way, kept in the journal. */
function lossesOf({ journal }: LoopContext): NonNullable<Wanted["losses"]> {
  return {
    before: journal.now.slot?.losses ?? 0,
    count: () =>
      journal.update(({ slot }) => ({ slot: slot && { ...slot, losses: (slot.losses ?? 0) + 1 } })),
  };
}

/** What the rule sees after these runs. */
function contestOf({ study }: LoopContext, { seed, proposal }: Slot, runs: Sides): Contest {
  const incumbent = incumbentOf(study);
  const fresh = incumbent === null ? 0 : nextSeed(runsOf(study, incumbent));
  return {
    control: controlPairs(incumbent, runs.runs),
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
  runs: Sides,
  side: Side,
  incumbent: ExperimentRecord | null,
): Wanted {
  const { study } = context;
  const run = side === "candidate" ? runs.runs.length : runs.incumbentRuns.length;
  const id = `${study.file.study}/${slot.number}/${side}/${run}`;
  if (side === "incumbent" && incumbent !== null) {
    const seed = nextSeed(runsOf(study, incumbent)) + run;
    const { number, source } = incumbent;
    return { id, seed, name: `#${number}`, source, before: runs.runs, othersRan: true };
  }
  const seed = slot.seed + run;
  // The hidden test is scored only of what becomes the frontier, and the verdict is known as soon as the score is.
  const wantTest = (score: Pick<Score, "valBpb" | "chunks" | "chunkBytes">) => {
    const before = contestOf(context, slot, runs);
    const candidate = [...before.candidate, scoredRun(seed, score)];
    const contest = { ...before, candidate, bytes: score.chunkBytes, control: null };
    return context.rule.decide(contest).verdict === "keep";
  };
  const paced = study.file.earlyStop && incumbent !== null && run === 0;
  return {
    id,
    seed,
    wantTest,
    name: `#${slot.number}`,
    source: slot.proposal.source,
    before: runs.runs,
    othersRan: incumbent !== null,
    wantControl: incumbent === null,
    ...(paced ? { pace: thin(incumbent.curve, 200) } : {}),
  };
}

/** The last run beside the one that the incumbent was kept for, on the validation and on the control text. */
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
export function chunkBytes({ runs, incumbentRuns }: Sides): readonly number[] | null {
  const scored = [...runs, ...incumbentRuns].find((run) => run.status === "scored");
  return scored?.status === "scored" ? scored.chunkBytes : null;
}

/** How much code a train.ts is: comments, layout and constants that nothing reads do not count. */
export function codeTokens(source: string): number {
  return normaliseSource(source).split(" ").length;
}
