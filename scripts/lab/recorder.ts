// Prints events in order, each experiment only after its bundle was written: a printed experiment is on the disk.
import type { LabEvent } from "../../src/research/index.ts";
import { reasonOf } from "./waits.ts";

export class Recorder {
  readonly #print: (event: unknown) => void;
  readonly #save: () => Promise<void>;
  #tail: Promise<void> = Promise.resolve();
  #saved = true;
  #experiments = 0;

  /** `save` rejects with a one-line error when the bundle could not be written; the next verdict tries again. */
  constructor(print: (event: unknown) => void, save: () => Promise<void>) {
    this.#print = print;
    this.#save = save;
  }

  /** The number of the study's experiments that are printed or were there before. */
  get experiments(): number {
    return this.#experiments;
  }

  hear(event: LabEvent): void {
    this.#then(async () => {
      if (event.type === "study" || event.type === "experiment") await this.#trySave();
      if (event.type === "experiment") this.#experiments = Math.max(this.#experiments, event.number + 1);
      this.#print(event);
    });
  }

  /**
   * Resumes a study: writes its bundle again, because the process may have ended before its last verdict was written.
   */
  goOn(experiments: number, event: unknown): void {
    this.#then(async () => {
      await this.#trySave();
      this.#experiments = Math.max(this.#experiments, experiments);
      this.#print(event);
    });
  }

  /** Resolves when all events are printed; true if the bundle is up to date. */
  async settled(): Promise<boolean> {
    await this.#tail;
    if (!this.#saved) await this.#trySave();
    return this.#saved;
  }

  #then(step: () => Promise<void>): void {
    this.#tail = this.#tail.then(step);
  }

  async #trySave(): Promise<void> {
    try {
      await this.#save();
      this.#saved = true;
    } catch (error) {
      this.#saved = false;
      this.#print({ type: "notice", level: "error", text: `the bundle is behind: ${reasonOf(error)}` });
    }
  }
}
