// The sandbox frame and the two ends that hand it over: the main thread opens it, the lab's worker drives it.

/** One opened sandbox. */
export interface TrainerFrame {
  readonly port: MessagePort;
  /** Resolves with one line when the sandbox itself could not start its worker. */
  readonly failed: Promise<string>;
  /** Removes the frame and with it everything that ran inside. */
  close(): void;
}

export type OpenTrainer = () => Promise<TrainerFrame>;

/** Main thread: opens and removes frames as the other end of `port` asks. */
export declare function serveTrainerFrames(port: MessagePort): void;

/** Lab worker: a function that asks the main thread at the other end of `port` for a sandbox. */
export declare function trainerFrames(port: MessagePort): OpenTrainer;
