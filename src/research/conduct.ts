// Runs of one experiment until the rule has its verdict. A run that was aborted taught nothing and is repeated; every
// run that ended is in the journal before the next begins.
import { LabError } from "../error.ts";
import type { RunResult } from "../runner/index.ts";
import type { Slot } from "./journal.ts";
import type { Control, LoopContext } from "./loop-context.ts";
import type { FinishedRun } from "./record.ts";
import { incumbentOf } from "./study.ts";
import type { ExperimentStatus } from "./state.ts";
import type { ScoredRun } from "./verdict.ts";

export interface Outcome {
  readonly status: ExperimentStatus;
  readonly reason: string;
  readonly runs: readonly FinishedRun[];
}

const SAMPLE_TOKENS = 160;
/** Aborted runs in a row before the lab gives up on the device. */
const PATIENCE = 5;

/** The outcome of the slot's experiment, or null when Stop now came first. Throws what is the lab's own failure. */
export async function conduct(context: LoopContext, slot: Slot, control: Control): Promise<Outcome | null> {
  if (slot.refused !== null) return { status: "crash", reason: slot.refused, runs: [] };
  const runs = [...slot.runs];
  for (;;) {
    const failed = runs.find((run) => run.status !== "scored");
    if (failed) return { status: failed.status, reason: failed.reason, runs };
    const decision = context.rule.decide({
      incumbent: incumbentOf(context.study)?.runs ?? [],
      candidate: scoredRuns(runs, slot.seed),
    });
    if (decision.verdict !== "replicate") return { status: decision.verdict, reason: decision.reason, runs };
    const result = await runOnce(context, slot, slot.seed + runs.length, control);
    if (result === null) return null;
    runs.push(result);
    await context.journal.update(({ slot: now }) => ({ slot: now && { ...now, runs } }));
  }
}

/** Seeds belong to the lab: run k of an experiment has the study's seed plus k, so that runs k are comparable. */
export function scoredRuns(runs: readonly FinishedRun[], seed: number): readonly ScoredRun[] {
  return runs.flatMap((run, k) =>
    run.status === "scored" ? [{ seed: seed + k, valBpb: run.valBpb, chunks: run.chunks }] : [],
  );
}

async function runOnce(
  context: LoopContext,
  slot: Slot,
  seed: number,
  control: Control,
): Promise<FinishedRun | null> {
  const { study, corpus, runner, listener, clock } = context;
  const { file } = study;
  const request = {
    id: `${file.study}/${String(slot.number)}/${String(slot.runs.length)}`,
    ...{ source: slot.proposal.source, arena: file, seed, corpus, sampleTokens: SAMPLE_TOKENS },
  };
  for (let attempt = 1; ; attempt++) {
    if (control.signal.aborted) return null;
    const result = await attemptRun(() =>
      runner.run(request, (event) => listener.run(event), control.signal),
    );
    if (control.signal.aborted) return null;
    if (result.status !== "aborted") return result;
    if (attempt >= PATIENCE) {
      throw new LabError("device", {
        what: `the run was interrupted ${String(attempt)} times in a row: ${result.reason}`,
        hint: "reload the page; if that does not help, restart the browser",
      });
    }
    listener.notice(
      "warning",
      `The run of #${String(slot.number)} was interrupted and is repeated: ${result.reason}`,
    );
    await clock.sleep(1000 * 2 ** (attempt - 1), control.signal);
  }
}

/** A device that cannot be had just now is an interruption like a lost one; anything else thrown is a failure. */
async function attemptRun(
  run: () => Promise<RunResult>,
): Promise<FinishedRun | { readonly status: "aborted"; readonly reason: string }> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof LabError) || (error.code !== "device" && error.code !== "cancelled")) throw error;
    return { status: "aborted", reason: error.message };
  }
}
