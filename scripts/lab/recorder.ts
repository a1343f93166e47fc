// Events in their order, each experiment behind the bundle that holds it: what was printed is on the disk.
import type { LabEvent } from "../../src/research/index.ts";
import { reasonOf } from "./waits.ts";

export class Recorder {
  readonly #print: (event: unknown) => void;
  readonly #save: () => Promise<void>;
  #tail: Promise<void> = Promise.resolve();
  #saved = true;
  #experiments = 0;

  /** `save` rejects with one line when a state could not be written; it is tried again at the next verdict. */
  constructor(print: (event: unknown) => void, save: () => Promise<void>) {
    this.#print = print;
    this.#save = save;
  }

  /** Experiments of the study that were printed or stood before. */
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

  /** A study that goes on: what it has is written again, because its last verdict may have missed the file. */
  goOn(experiments: number, event: unknown): void {
    this.#then(async () => {
      await this.#trySave();
      this.#experiments = Math.max(this.#experiments, experiments);
      this.#print(event);
    });
  }

  /** Resolves when everything heard is printed, with whether everything is written. */
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
