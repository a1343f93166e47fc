// The human's word on a proposal before it runs, where they asked to be asked. The answer is kept, so that a reload
// between approval and run does not ask again.
import type { Rejection } from "../../agents/index.ts";
import type { Slot } from "../journal.ts";

/** What the loop asks before an experiment begins. */
export interface Gate {
  /** `run`, `again` when the proposal was sent back, or `stopped` when `signal` fired first. */
  admit(slot: Slot, signal: AbortSignal): Promise<"run" | "again" | "stopped">;
  /** Proposals for this number that were sent back. */
  rejected(number: number): readonly Rejection[];
}

export type Word = "run" | "again";

/** One question at a time: asked, then answered by the human or given up. */
export class Question {
  #answer: ((word: Word) => void) | null = null;
  #number = -1;

  ask(number: number, signal: AbortSignal): Promise<Word | "stopped"> {
    return new Promise((resolve) => {
      const done = (word: Word | "stopped") => {
        this.#answer = null;
        signal.removeEventListener("abort", stop);
        resolve(word);
      };
      const stop = () => {
        done("stopped");
      };
      this.#number = number;
      this.#answer = done;
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
  }
  /** Whether this experiment is waited for. */
  open(number: number): boolean {
    return this.#answer !== null && this.#number === number;
  }
  answer(word: Word): void {
    this.#answer?.(word);
  }
}
