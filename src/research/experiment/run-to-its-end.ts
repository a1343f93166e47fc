// Runs one train.ts until it ends by itself. An interrupted run teaches nothing and is repeated; a train.ts on which
// the lab itself fails repeatedly is given up.
import type { Arena } from "../../prepare/index.ts";
import { LabError, messageOf } from "../../error.ts";
import {
  type Curve,
  type FinishedRun,
  NO_FIGURES,
  type RunRequest,
  type RunResult,
} from "../../runner/index.ts";
import { isSeed } from "../../seed/index.ts";
import type { Control, LoopContext } from "./context.ts";
import { EarlyStop } from "./early-stop.ts";
import { studyNoise } from "../study/study.ts";
import { tuningsOf } from "../study/tunings.ts";

/** The parts of the lab that a run needs. */
export type Bench = Pick<LoopContext, "corpus" | "runner" | "listener" | "clock" | "models"> & {
  readonly study: Pick<LoopContext["study"], "file" | "records">;
};

/** A run to make; the study supplies the rest of its request. */
export interface Wanted extends Pick<
  RunRequest,
  "id" | "source" | "seed" | "wantTest" | "wantControl" | "earlier"
> {
  /** Its name in notices: `#3`. */
  readonly name: string;
  /** The run stops early when it falls far behind this loss curve. */
  readonly pace?: Curve;
  /** Earlier runs of this experiment, which are in no record yet. */
  readonly before?: readonly FinishedRun[];
  /** GPU losses during this run so far; `count` stores one more. */
  readonly losses?: { readonly before: number; count(): Promise<unknown> };
  /** The experiment under which its model is kept; absent: it is not kept. */
  readonly modelOf?: number;
  /** Whether another train.ts ran before: then repeated failures of the lab on this one count as its crash. */
  readonly othersRan: boolean;
}

const SAMPLE_TOKENS = 160;
/** A model that was trained on fewer tokens is not sampled: it writes noise. */
const MIN_SAMPLED = 100_000;
const sampleOf = ({ budgetTokens = 0 }: Arena) =>
  budgetTokens > 0 && budgetTokens < MIN_SAMPLED ? 0 : SAMPLE_TOKENS;
/** The lab gives up after this many runs that lost the device. */
const PATIENCE = 5;
/** The longest pause between two tries [ms]; a host may be away for hours. */
const LONGEST_PAUSE = 16_000;
/** The lab gives up a train.ts after failing on it this often; an engine that died once may be bad luck. */
const FAULTS = 2;

/** The finished run, or null when Stop now came first. Throws the lab's own failures. */
export async function runToItsEnd(
  bench: Bench,
  wanted: Wanted,
  control: Control,
): Promise<FinishedRun | null> {
  const counts = { slept: 0, device: 0, fault: 0, away: 0 };
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
    const what = cause === "away" ? "waits for the host of this page" : "was interrupted and is repeated";
    if (cause !== "away" || count === 1)
      bench.listener.notice("warning", `The run of ${wanted.name} ${what}: ${reason}`);
    await bench.clock.sleep(Math.min(1000 * 2 ** (count - 1), LONGEST_PAUSE), control.signal);
  }
}

/** A run that shows nothing about train.ts: the machine slept, device or host were lost, or the lab itself failed. */
interface Interruption extends Pick<Extract<RunResult, { status: "aborted" }>, "status" | "reason" | "lost"> {
  readonly cause: "slept" | "device" | "fault" | "away";
  readonly error?: unknown;
}

/** Tries the run once. An error of the runner becomes an interruption; errors of the store are thrown. */
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
    const reason = messageOf(error);
    return {
      status: "aborted",
      reason,
      error,
      cause: code === "host" ? "away" : code === "device" || code === "cancelled" ? "device" : "fault",
    };
  }
}

/** Makes the run, and stops it early when it falls too far behind `pace`. */
async function paced(
  { study, corpus, runner, listener, models }: Bench,
  { id, source, seed, wantTest, wantControl = false, earlier, pace, before = [], modelOf }: Wanted,
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
    own: isSeed(source),
    sampleTokens: sampleOf(study.file),
    wantGlimpses: sampleOf(study.file) > 0,
    losses,
    wantControl,
    wantModel: models !== undefined && modelOf !== undefined,
    tuning: tuningsOf([...study.records, ...before]),
    ...(noise === null ? {} : { noise: noise.deviation }),
    ...(wantTest === undefined ? {} : { wantTest }),
    ...(earlier === undefined ? {} : { earlier }),
  };
  const late = new AbortController();
  const watch = pace === undefined ? null : new EarlyStop(pace, study.file.budgetSeconds);
  let behind: string | null = null;
  const result = await runner.run(
    request,
    (event) => {
      if (event.type === "model") {
        if (modelOf !== undefined) models?.keep({ ...event, number: modelOf, seed });
        return;
      }
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
 * The lab failed repeatedly on this train.ts. If another one ran, this one is recorded as a crash and the study goes
 * on; if none ever ran, the lab's error is thrown.
 */
function faulted({ othersRan }: Wanted, reason: string, error: unknown): FinishedRun {
  if (!othersRan) throw error;
  const words = `the lab failed on this candidate ${FAULTS} times: ${reason}`;
  return { ...NO_FIGURES, status: "crash", reason: words };
}
