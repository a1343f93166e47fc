// Gathers the trainer's progress into a few messages a second.
import { MAX_POINTS, type TrainerMessage } from "../contract/protocol.ts";

/** At least this long [ms] between two reports. */
const EVERY = 200;

export class Reporter {
  readonly #say: (message: TrainerMessage) => void;
  readonly #now: () => number;
  #steps = 0;
  #seconds = 0;
  #tokens = 0;
  #points: number[] = [];
  #logs: Record<string, number> = {};
  #fresh = false;
  #said = -Infinity;
  #compiled = -Infinity;

  constructor(say: (message: TrainerMessage) => void, now: () => number) {
    this.#say = say;
    this.#now = now;
  }

  /** A new pass begins. */
  reset(): void {
    this.#steps = this.#seconds = this.#tokens = 0;
    this.#points = [];
    this.#logs = {};
    this.#fresh = false;
  }

  compiling(done: number, total: number): void {
    const now = this.#now();
    if (now - this.#compiled < EVERY / 2 && done < total) return;
    this.#compiled = now;
    this.#say({ type: "compiling", done, total });
  }

  stepped(steps: number, seconds: number, tokens: number): void {
    this.#steps = steps;
    this.#seconds = seconds;
    this.#tokens = tokens;
    this.#fresh = true;
    if (this.#now() - this.#said >= EVERY) this.flush();
  }

  /** A logged number; `loss` becomes a point of the curve. */
  logged(seconds: number, name: string, value: number): void {
    if (Object.hasOwn(this.#logs, name) || Object.keys(this.#logs).length < 64) this.#logs[name] = value;
    if (name === "loss" && this.#points.length < 2 * MAX_POINTS) this.#points.push(seconds, value);
  }

  /** Sends the gathered progress, if there is any. */
  flush(): void {
    if (!this.#fresh) return;
    this.#fresh = false;
    this.#said = this.#now();
    this.#say({
      type: "steps",
      step: this.#steps,
      seconds: this.#seconds,
      tokens: this.#tokens,
      points: Float64Array.from(this.#points),
      logs: { ...this.#logs },
    });
    this.#points = [];
  }
}
