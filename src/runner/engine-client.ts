// The lab's end of the engine: sends one question at a time, limits the wait for its answer, and starts a fresh worker
// after a loss. The engine stays alive between runs, to keep its device and its pipelines.
import { LabError } from "../error.ts";
import { Questions } from "../questions.ts";
import type { Clock } from "./clock.ts";
import { parseEngineMessage, type EngineCommand, type EngineMessage } from "./contract/protocol.ts";
import { oneLine, trainError } from "./contract/reason.ts";

/** A live engine sends a message every five seconds; after this long [ms] without one it counts as lost. */
const SILENCE = 30_000;
/** An answer or a report of progress must come within this time [ms]. */
const PATIENCE = 60_000;

/** A question without its number. */
export type Question = {
  [K in EngineCommand["type"]]: Omit<Extract<EngineCommand, { type: K }>, "id">;
}[EngineCommand["type"]];
/** The type of the answer to each question. */
const ANSWERS = {
  measure: "measured",
  pace: "paced",
  text: "done",
  open: "opened",
  begin: "done",
  take: "taken",
  close: "done",
  digest: "rehearsal",
  record: "done",
  recorded: "digested",
  load: "done",
  probe: "probed",
  score: "scored",
  sample: "sampled",
  glimpse: "glimpsed",
} as const satisfies Record<EngineCommand["type"], EngineMessage["type"]>;
type AnswerTo<T extends EngineCommand["type"]> = Extract<EngineMessage, { type: (typeof ANSWERS)[T] }>;
type Answer = Exclude<EngineMessage, { type: "alive" | "progress" | "spent" | "violated" | "lost" }>;
type ProgressMessage = Extract<EngineMessage, { type: "progress" }>;
type Progress = (message: ProgressMessage) => void;

/** The question under way. */
interface Waiting {
  readonly id: number;
  readonly progress: Progress;
  progressed: number;
}

export class EngineClient {
  readonly #open: () => Worker;
  readonly #clock: Clock;
  readonly #stop: () => void;
  #worker: Worker | null = null;
  readonly #questions = new Questions<Answer>();
  #waiting: Waiting | null = null;
  /** An abandoned question that the worker may still compute; 0: none. */
  #left = 0;
  /** A train.ts has a session, so that the worker may not be silent although nothing is asked. */
  #session = false;
  #heard: number;
  #tick: number;

  constructor(open: () => Worker, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
    this.#heard = this.#tick = clock.now();
    this.#stop = clock.every(1000, () => this.#watch());
  }

  /** Called when the session's budget is spent. */
  onSpent: () => void = () => undefined;
  /** Called with one line when the sandbox of the session broke the rules. */
  onViolation: (reason: string) => void = () => undefined;
  /** Called when the worker, and with it the session, is lost. */
  onLost: (error: LabError) => void = () => undefined;
  /** Number of workers lost so far: a new worker has none of the text sent to an earlier one. */
  generation = 0;

  /**
   * Asks one question; one at a time. Throws LabError "invalid" or "crash" when the forward pass is at fault, "device"
   * when the engine was lost (the next question opens another), "internal" for an answer to another question.
   */
  async ask<T extends EngineCommand["type"]>(
    question: Extract<Question, { type: T }>,
    transfer: Transferable[] = [],
    progress: Progress = () => undefined,
  ): Promise<AnswerTo<T>> {
    const answer = await this.#answerTo(question, transfer, progress);
    if (answer.type !== ANSWERS[question.type])
      throw new LabError("internal", `the engine answered ${answer.type}`);
    if (answer.type === "opened") this.#session = true;
    return answer as AnswerTo<T>;
  }

  #answerTo(question: Question, transfer: Transferable[], progress: Progress): Promise<Answer> {
    if (this.#waiting !== null) throw new LabError("internal", "the engine was asked two things at once");
    const worker = (this.#worker ??= this.#start());
    const now = this.#clock.now();
    if (!this.#session) this.#heard = now;
    return this.#questions.ask((id) => {
      this.#waiting = { id, progress, progressed: now };
      worker.postMessage({ ...question, id }, transfer);
    });
  }

  /** Ends the session of a train.ts. A question still under way rejects with `error`. */
  closeSession(error = new LabError("cancelled", "the run is over")): void {
    this.#leaveSession();
    if (this.#waiting !== null) this.#left = this.#waiting.id;
    this.#waiting = null;
    this.#questions.refuseAll(error);
    this.#worker?.postMessage({ type: "close", id: this.#questions.number() });
  }

  #leaveSession(): void {
    this.#session = false;
    this.onViolation = this.onSpent = this.onLost = () => undefined;
  }

  /** Ends the worker that computes the question under way, if there is one; the question rejects with `error`. */
  cancel(error: LabError): void {
    if (this.#waiting !== null) this.#lose(error);
  }

  close(): void {
    this.#stop();
    this.#lose(new LabError("cancelled", "the engine was closed"));
  }

  #start(): Worker {
    const worker = this.#open();
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (worker === this.#worker) this.#hear(data);
    };
    worker.onerror = (event) => {
      if (worker !== this.#worker) return;
      this.#lose(new LabError("device", { what: "the engine failed", got: oneLine(event.message) }));
    };
    return worker;
  }

  #hear(data: unknown): void {
    const message = parseEngineMessage(data);
    this.#heard = this.#clock.now();
    if (message.type === "lost") return this.#lose(new LabError("device", message.reason));
    if (message.type === "violated") return this.onViolation(message.reason);
    if (message.type === "spent") return this.onSpent();
    if ("id" in message && message.id === this.#left && message.type !== "progress") this.#left = 0;
    const waiting = this.#waiting;
    if (waiting === null) return;
    if (message.type === "alive" || message.id !== waiting.id) return;
    waiting.progressed = this.#heard;
    if (message.type === "progress") return waiting.progress(message);
    this.#waiting = null;
    if (message.type !== "refused") return this.#questions.answer(message.id, message);
    const error = new LabError(message.code, message.reason);
    this.#questions.refuse(message.id, error);
    if (message.code === "device" || message.code === "internal") this.#lose(error);
  }

  #watch(): void {
    const now = this.#clock.now();
    // Time in which the lab itself did not run does not count.
    const missed = Math.max(0, now - this.#tick - 2000);
    this.#tick = now;
    this.#heard += missed;
    if (this.#waiting !== null) this.#waiting.progressed += missed;
    if (this.#waiting === null && !this.#session) return;
    if (now - this.#heard > SILENCE) {
      this.#lose(new LabError("device", `the engine said nothing for ${SILENCE / 1000} s`));
    } else if (this.#waiting !== null && now - this.#waiting.progressed > PATIENCE) {
      if (this.#left > 0) return this.#lose(new LabError("device", "the engine did not end the run before"));
      // It is alive but makes no progress: the forward pass is too large.
      this.#lose(trainError("crash", `too slow to score: the forward pass took over ${PATIENCE / 1000} s`));
    }
  }

  #lose(error: LabError): void {
    if (this.#worker !== null) this.generation++;
    this.#worker?.terminate();
    this.#worker = null;
    this.#left = 0;
    this.#waiting = null;
    const { onLost } = this;
    this.#leaveSession();
    this.#questions.refuseAll(error);
    onLost(error);
  }
}
