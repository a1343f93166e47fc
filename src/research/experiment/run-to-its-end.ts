// One run of one train.ts until it ends by itself: what was interrupted taught nothing and is repeated, what the lab
// fails on again and again is given up.
import type { Arena } from "../../prepare/index.ts";
import { LabError } from "../../error.ts";
import {
  type Curve,
  type FinishedRun,
  NO_FIGURES,
  type RunRequest,
  type RunResult,
} from "../../runner/index.ts";
import type { Control, LoopContext } from "./context.ts";
import { EarlyStop } from "./early-stop.ts";
import { studyNoise } from "../study/study.ts";
import { tuningsOf } from "../study/tunings.ts";

/** What a run is made with. */
export type Bench = Pick<LoopContext, "corpus" | "runner" | "listener" | "clock"> & {
  readonly study: Pick<LoopContext["study"], "file" | "records">;
};

/** A run of which the rest of the request is the study's. */
export interface Wanted extends Pick<RunRequest, "id" | "source" | "seed" | "wantTest" | "wantControl"> {
  /** `#3`, as people know it. */
  readonly name: string;
  /** The loss curve that the run may not fall far behind of. */
  readonly pace?: Curve;
  /** Earlier runs of this experiment, which are in no record yet. */
  readonly before?: readonly FinishedRun[];
  /** How often the GPU was lost under this run already, and where one more is counted for good. */
  readonly losses?: { readonly before: number; count(): Promise<unknown> };
  /** Whether a lab that fails on it repeatedly may blame train.ts: others ran. */
  readonly othersRan: boolean;
}

const SAMPLE_TOKENS = 160;
/** A model that has read less [tokens] has nothing to say yet. */
const LEAST_READ = 100_000;
const sampleOf = ({ budgetTokens = 0 }: Arena) =>
  budgetTokens > 0 && budgetTokens < LEAST_READ ? 0 : SAMPLE_TOKENS;
/** Runs that lost the device before the lab gives up on it. */
const PATIENCE = 5;
/** Runs the lab itself failed on before it says so; a scorer that died once may be bad luck. */
const FAULTS = 2;

/** The run's end, or null when Stop now came first. Throws what is the lab's own failure. */
export async function runToItsEnd(
  bench: Bench,
  wanted: Wanted,
  control: Control,
): Promise<FinishedRun | null> {
  const counts = { slept: 0, device: 0, fault: 0 };
  let lost = 0;
  for (;;) {
    if (control.signal.aborted) return null;
    const result = await attempt(bench, wanted, (wanted.losses?.before ?? 0) + lost, control.signal);
    if (control.signal.aborted) return null;
    if (result.status !== "aborted") return result;
    const { cause, reason } = result;
    if (result.lost) {
      lost++;
      await wanted.losses?.count();
    }
    const count = ++counts[cause];
    if (cause === "fault" && count >= FAULTS) return faulted(wanted, reason, result.error);
    if (cause === "device" && count >= PATIENCE) {
      throw new LabError("device", {
        what: `the run was interrupted ${count} times: ${reason}`,
        hint: "reload the page; if that does not help, restart the browser",
      });
    }
    bench.listener.notice("warning", `The run of ${wanted.name} was interrupted and is repeated: ${reason}`);
    await bench.clock.sleep(1000 * 2 ** (count - 1), control.signal);
  }
}

/** Nothing was learned about train.ts: the machine slept, the device was lost, or the lab itself failed. */
interface Interruption extends Pick<Extract<RunResult, { status: "aborted" }>, "status" | "reason" | "lost"> {
  readonly cause: "slept" | "device" | "fault";
  readonly error?: unknown;
}

/** A run, with what the runner throws as an interruption. What concerns the store is not the run's and passes on. */
async function attempt(
  bench: Bench,
  wanted: Wanted,
  losses: number,
  signal: AbortSignal,
): Promise<FinishedRun | Interruption> {
  try {
    const result = await paced(bench, wanted, losses, signal);
    if (result.status !== "aborted") return result;
    const { status, reason, cause, lost } = result;
    return { status, reason, cause: cause === "slept" ? "slept" : "device", ...(lost ? { lost } : {}) };
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

/** The run itself, ended when it falls too far behind. */
async function paced(
  { study, corpus, runner, listener }: Bench,
  { id, source, seed, wantTest, wantControl = false, pace, before = [] }: Wanted,
  losses: number,
  signal: AbortSignal,
): Promise<RunResult | FinishedRun> {
  const noise = studyNoise(study);
  const request = {
    id,
    source,
    seed,
    corpus,
    arena: study.file,
    sampleTokens: sampleOf(study.file),
    losses,
    wantControl,
    tuning: tuningsOf([...study.records, ...before]),
    ...(noise === null ? {} : { noise: noise.deviation }),
    ...(wantTest === undefined ? {} : { wantTest }),
  };
  const late = new AbortController();
  const watch = pace === undefined ? null : new EarlyStop(pace, study.file.budgetSeconds);
  let behind: string | null = null;
  const result = await runner.run(
    request,
    (event) => {
      listener.run(event);
      if (watch === null || behind !== null || event.type !== "steps") return;
      behind = watch.add(event.points);
      if (behind !== null) late.abort();
    },
    AbortSignal.any([signal, late.signal]),
  );
  if (behind === null || result.status !== "aborted") return result;
  return { ...result, status: "stopped", reason: behind };
}

/**
 * The lab failed on this train.ts again and again. If it works on others, the night goes on without this one and the
 * notebook says why; if it never worked, that is the lab's failure.
 */
function faulted({ othersRan }: Wanted, reason: string, error: unknown): FinishedRun {
  if (!othersRan) throw error;
  const words = `the lab failed on this train.ts ${FAULTS} times: ${reason}`;
  return { ...NO_FIGURES, status: "crash", reason: words };
}
