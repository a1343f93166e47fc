// The lab's end of the scorer: questions with one answer each, a watch over each of them, and a fresh worker after one
// was lost. The scorer stays alive between runs, because its device and its pipelines are worth keeping.
import { LabError } from "../error.ts";
import type { Clock } from "./clock.ts";
import { parseScorerMessage, type ScorerCommand, type ScorerMessage } from "./protocol.ts";
import { oneLine, trainError } from "./reason.ts";

/** A scorer that is at work says so every five seconds; after this long [ms] without a word it is gone. */
const SILENCE = 30_000;
/** An answer must come, or progress be told, within this [ms]. */
const PATIENCE = 60_000;

/** A question before it has its number. */
export type Question = {
  [K in ScorerCommand["type"]]: Omit<Extract<ScorerCommand, { type: K }>, "id">;
}[ScorerCommand["type"]];
type Answer = Exclude<ScorerMessage, { type: "alive" | "progress" | "spent" | "violated" }>;
type Told = Extract<ScorerMessage, { type: "progress" }>;
type Progress = (told: Told) => void;

interface Waiting {
  readonly id: number;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  readonly progress: Progress;
  heard: number;
  progressed: number;
}

export class ScorerClient {
  readonly #open: () => Worker;
  readonly #clock: Clock;
  readonly #stop: () => void;
  #worker: Worker | null = null;
  #waiting: Waiting | null = null;
  #serial = 0;
  /** A question that nobody waits for any more and that the worker may be busy with; 0: none. */
  #left = 0;
  #tick: number;

  constructor(open: () => Worker, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
    this.#tick = clock.now();
    this.#stop = clock.every(1000, () => this.#watch());
  }

  /** Hears that the session's budget is spent. */
  onSpent: () => void = () => undefined;
  /** Hears in one line that the sandbox of the session broke its rules. */
  onViolation: (reason: string) => void = () => undefined;
  /** Counts the workers lost so far: what was told to an earlier one is forgotten. */
  generation = 0;

  /**
   * Asks one question; one at a time. Throws LabError "invalid" or "crash" when the forward pass is at fault, "device"
   * when the scorer was lost (the next question opens another).
   */
  ask(
    question: Question,
    transfer: Transferable[] = [],
    progress: Progress = () => undefined,
  ): Promise<Answer> {
    if (this.#waiting !== null) throw new LabError("internal", "the scorer was asked two things at once");
    const worker = (this.#worker ??= this.#start());
    const id = ++this.#serial;
    const now = this.#clock.now();
    return new Promise<Answer>((resolve, reject) => {
      this.#waiting = { id, resolve, reject, progress, heard: now, progressed: now };
      worker.postMessage({ ...question, id }, transfer);
    });
  }

  /** Ends the session of a train.ts, unless it went with its worker, and what was still asked of it; the asker gets `error`. */
  closeSession(error = new LabError("cancelled", "the run is over")): void {
    this.onViolation = this.onSpent = () => undefined;
    const left = this.#waiting;
    this.#waiting = null;
    if (left !== null) this.#left = left.id;
    left?.reject(error);
    this.#worker?.postMessage({ type: "close", id: ++this.#serial });
  }

  /** Gives up on the question under way, and on the worker that was busy with it; the asker gets `error`. */
  cancel(error: LabError): void {
    if (this.#waiting !== null) this.#lose(error);
  }

  close(): void {
    this.#stop();
    this.#lose(new LabError("cancelled", "the scorer was closed"));
  }

  #start(): Worker {
    const worker = this.#open();
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = (event) => {
      if (worker !== this.#worker) return;
      this.#lose(new LabError("device", { what: "the scorer failed", got: oneLine(event.message) }));
    };
    return worker;
  }

  #hear(data: unknown): void {
    const message = parseScorerMessage(data);
    if (message.type === "violated") return this.onViolation(message.reason);
    if (message.type === "spent") return this.onSpent();
    if ("id" in message && message.id === this.#left && message.type !== "progress") this.#left = 0;
    const waiting = this.#waiting;
    if (waiting === null) return;
    waiting.heard = this.#clock.now();
    if (message.type === "alive" || message.id !== waiting.id) return;
    waiting.progressed = waiting.heard;
    if (message.type === "progress") return waiting.progress(message);
    this.#waiting = null;
    if (message.type !== "refused") return waiting.resolve(message);
    const error = new LabError(message.code, message.reason);
    waiting.reject(error);
    if (message.code === "device" || message.code === "internal") this.#lose(error);
  }

  #watch(): void {
    const now = this.#clock.now();
    // Time in which the lab itself did not run is not the scorer's silence.
    const missed = Math.max(0, now - this.#tick - 2000);
    this.#tick = now;
    if (this.#waiting === null) return;
    this.#waiting.heard += missed;
    this.#waiting.progressed += missed;
    if (now - this.#waiting.heard > SILENCE) {
      this.#lose(new LabError("device", `the scorer said nothing for ${SILENCE / 1000} s`));
    } else if (now - this.#waiting.progressed > PATIENCE) {
      if (this.#left > 0) return this.#lose(new LabError("device", "the scorer did not end the run before"));
      // It lives and gets nowhere: what it was given to compute is too much.
      this.#lose(trainError("crash", `too slow to score: the forward pass took over ${PATIENCE / 1000} s`));
    }
  }

  #lose(error: LabError): void {
    if (this.#worker !== null) this.generation++;
    this.#worker?.terminate();
    this.#worker = null;
    this.#left = 0;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.reject(error);
  }
}
