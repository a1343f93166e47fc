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
/** Runs that lost the device before the lab gives up on it. */
const PATIENCE = 5;
/** Runs the lab itself failed on before it says so; a scorer that died once may be bad luck. */
const FAULTS = 2;

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
  const counts = { slept: 0, device: 0, fault: 0 };
  for (;;) {
    if (control.signal.aborted) return null;
    const result = await attempt(() => runner.run(request, (event) => listener.run(event), control.signal));
    if (control.signal.aborted) return null;
    if (result.status !== "aborted") return result;
    const { cause, reason } = result;
    const count = ++counts[cause];
    if (cause === "fault" && count >= FAULTS) return faulted(context, reason, result.error);
    if (cause === "device" && count >= PATIENCE) {
      throw new LabError("device", {
        what: `the run was interrupted ${String(count)} times: ${reason}`,
        hint: "reload the page; if that does not help, restart the browser",
      });
    }
    listener.notice(
      "warning",
      `The run of #${String(slot.number)} was interrupted and is repeated: ${reason}`,
    );
    await clock.sleep(1000 * 2 ** (count - 1), control.signal);
  }
}

/** Nothing was learned about train.ts: the machine slept, the device was lost, or the lab itself failed. */
interface Interruption {
  readonly status: "aborted";
  readonly reason: string;
  readonly cause: "slept" | "device" | "fault";
  readonly error?: unknown;
}

/** A run, with what the runner throws as an interruption. What concerns the store is not the run's and passes on. */
async function attempt(run: () => Promise<RunResult>): Promise<FinishedRun | Interruption> {
  try {
    const result = await run();
    if (result.status !== "aborted") return result;
    const { status, reason, cause } = result;
    return { status, reason, cause: cause === "slept" ? "slept" : "device" };
  } catch (error) {
    const code = error instanceof LabError ? error.code : "internal";
    if (code === "storage" || code === "git" || code === "lock") throw error;
    const reason = error instanceof Error ? error.message : String(error);
    return {
      status: "aborted",
      reason,
      error,
      cause: code === "device" || code === "cancelled" ? "device" : "fault",
    };
  }
}

/**
 * The lab failed on this train.ts again and again. If it works on others, the night goes on without this one and the
 * notebook says why; if it never worked, that is the lab's failure.
 */
function faulted({ study }: LoopContext, reason: string, error: unknown): FinishedRun {
  if (incumbentOf(study) === null) throw error;
  return {
    ...NOTHING,
    status: "crash",
    reason: `the lab failed on this train.ts ${String(FAULTS)} times: ${reason}`,
  };
}

const NOTHING = {
  ...{
    probes: [],
    tokens: 0,
    steps: 0,
    seconds: 0,
    tokensPerSecond: 0,
    parameters: 0,
    peakBytes: 0,
    curve: [],
  },
  device: "",
} as const;
