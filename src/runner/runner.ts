// The runner as the lab's worker holds it.
import type { OpenTrainer } from "./frame.ts";
import type { Measurement, RunEvent, RunRequest, RunResult } from "./types.ts";

/** What the runner needs of its surroundings. */
export interface RunnerHost {
  /** Opens a fresh sandbox; see trainerFrames. */
  readonly openTrainer: OpenTrainer;
  /** Starts the trusted scorer; see openScorerWorker. */
  openScorer(): Worker;
}

export interface Runner {
  /** Measures the adapter for about a second (once; the answer is kept). Throws LabError "device" without one. */
  measure(): Promise<Measurement>;
  /**
   * Rehearses, trains for the budget, probes and scores one train.ts. A failing train.ts is a result, never an
   * exception; what is thrown (LabError "device", "internal") is the lab's own failure. Aborting the signal ends the
   * run at once with status "aborted". One run at a time.
   */
  run(request: RunRequest, onEvent: (event: RunEvent) => void, signal: AbortSignal): Promise<RunResult>;
  /** Ends the scorer. */
  close(): void;
}

export declare function createRunner(host: RunnerHost): Runner;
