// How the long jobs of this folder tell where they are, stop when asked, and leave the event loop room to breathe.
import { LabError } from "../../error.ts";

export type CorpusStage = "fetching" | "reading" | "tokenizer" | "tokens" | "baselines";

/** Where a job is: `done` of `total` bytes of this stage. Stages come one after the other. */
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

/** Throws LabError "cancelled" when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new LabError("cancelled", "cancelled on request");
}

/** Milliseconds of work between two turns of the event loop: short enough that a click on Cancel feels immediate. */
const TURN = 40;

/** A function to await in loops: it gives the event loop a turn when it is due, then checks the signal. */
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
