// Progress, cancellation and pauses for the long jobs of this folder.
import { LabError } from "../../error.ts";

export type CorpusStage =
  "downloading" | "fetching" | "unpacking" | "reading" | "tokenizer" | "tokens" | "baselines";

/** Progress of a job: `done` of `total` bytes of this stage. Stages come one after the other. */
export interface CorpusProgress {
  stage: CorpusStage;
  done: number;
  total: number;
}

export interface ProgressOptions {
  onProgress?: ((progress: CorpusProgress) => void) | undefined;
  /** Aborting makes the job throw LabError "cancelled" within about 50 ms of work. */
  signal?: AbortSignal | undefined;
}

/** Throws LabError "cancelled" if the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LabError("cancelled", "cancelled on request");
}

/** Work between two turns of the event loop [ms]: short enough that a click on Cancel acts at once. */
const TURN = 40;

/** A function to await in loops: after every TURN ms it yields to the event loop, then checks the signal. */
export function makePause(signal: AbortSignal | undefined): () => Promise<void> {
  let last = performance.now();
  return async () => {
    throwIfCancelled(signal);
    if (performance.now() - last < TURN) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    last = performance.now();
    throwIfCancelled(signal);
  };
}
