// The lab's end of one sandbox: counts, parses and times its messages and checks their order before the lab uses them.
import { LabError } from "../error.ts";
import type { Clock } from "./clock.ts";
import { FloodGate, weigh } from "./contract/flood.ts";
import type { TrainerFrame } from "./frame.ts";
import { parseTrainerMessage, type TrainerCommand, type TrainerMessage } from "./contract/protocol.ts";
import { trainError } from "./contract/reason.ts";

/** A trainer beats twice a second; after this long [ms] without a message it is stuck in a loop, or lost. */
export const SILENCE = 10_000;

/** How long the sandbox may take to start [ms]. */
const START = 30_000;

type MilestoneType = "hello" | "rehearsed" | "ready" | "handover";
type Milestone<T extends MilestoneType> = Extract<TrainerMessage, { type: T }>;
const ORDER: readonly MilestoneType[] = ["hello", "rehearsed", "ready", "handover"];

export class TrainerLink {
  /** Rejects once with the reason the trainer has to end; never resolves. */
  readonly failure: Promise<never>;
  readonly #frame: TrainerFrame;
  readonly #clock: Clock;
  readonly #gate: FloodGate;
  readonly #onNews: (message: TrainerMessage) => void;
  readonly #order: readonly MilestoneType[];
  readonly #reached = new Map<MilestoneType, TrainerMessage>();
  readonly #awaited = new Map<MilestoneType, (message: never) => void>();
  #fail: (error: LabError) => void = () => undefined;
  #begun = false;
  #closed = false;
  #heard: number;
  #progress: number;
  #busyLine = 0;

  /**
   * `onNews` gets every valid message that is neither a milestone nor a sign of life. `rehearsed`: the trainer makes no
   * rehearsal, so its second milestone is left out.
   */
  constructor(
    frame: TrainerFrame,
    clock: Clock,
    onNews: (message: TrainerMessage) => void,
    rehearsed = false,
  ) {
    this.#frame = frame;
    this.#clock = clock;
    this.#onNews = onNews;
    this.#order = rehearsed ? ORDER.filter((type) => type !== "rehearsed") : ORDER;
    this.#heard = this.#progress = clock.now();
    this.#gate = new FloodGate(clock.now());
    this.failure = new Promise((_, reject) => {
      this.#fail = (error) => {
        this.close();
        reject(error);
      };
    });
    this.failure.catch(() => undefined); // `reach` awaits it, if it is called
    frame.port.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data);
    frame.port.onmessageerror = () => this.#fail(trainError("invalid", "sent a message that cannot be read"));
    void frame.failed.then((reason) => {
      if (this.#reached.has("hello")) this.#fail(trainError("crash", `the trainer failed: ${reason}`));
      else this.#fail(new LabError("device", { what: "the sandbox did not start", got: reason }));
    });
  }

  send(command: TrainerCommand): void {
    if (command.type === "begin") this.#begun = true;
    if (this.#closed) return;
    this.#frame.port.postMessage(command, command.type === "init" ? [command.engine] : []);
  }

  /** Waits for one of the trainer's four milestones; throws the error of `failure`. Repetitions are ignored. */
  reach<T extends MilestoneType>(type: T): Promise<Milestone<T>> {
    const reached = this.#reached.get(type);
    if (reached !== undefined) return Promise.resolve(reached as Milestone<T>);
    const arrival = new Promise<Milestone<T>>((resolve) => this.#awaited.set(type, resolve));
    return Promise.race([arrival, this.failure]);
  }

  /**
   * Called a few times a second. `missed`: time in which the lab itself did not run [ms]; `patience`: how long the
   * trainer may make no progress [ms]; `doing`: the stage, for the message.
   */
  check(missed: number, patience: number, doing: string): void {
    if (this.#closed) return;
    this.#heard += missed;
    this.#progress += missed;
    const now = this.#clock.now();
    // No code of train.ts runs before hello.
    if (this.#reached.has("hello") && now - this.#heard > SILENCE) {
      const seconds = Math.round((now - this.#heard) / 1000);
      this.#fail(
        trainError(
          "crash",
          `did not yield for ${seconds} s (an endless loop, or more memory than the sandbox may have)`,
          this.#busyLine,
        ),
      );
    } else if (!this.#reached.has("hello") && now - this.#progress > START) {
      this.#fail(new LabError("device", `the sandbox did not start within ${START / 1000} s`));
    } else if (now - this.#progress > patience) {
      this.#fail(trainError("crash", `${doing}: nothing happened for ${Math.round(patience / 1000)} s`));
    }
  }

  /** Ends the trainer for a reason found outside, such as a deadline. */
  fail(error: LabError): void {
    if (!this.#closed) this.#fail(error);
  }

  /** Removes the sandbox and ignores its further messages. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#frame.port.onmessage = null;
    this.#frame.close();
  }

  #hear(data: unknown): void {
    if (this.#closed) return;
    try {
      const heavy = this.#firstForward(data);
      if (!this.#gate.admit(heavy ? 0 : weigh(data), this.#clock.now())) {
        throw trainError("invalid", "flooded the lab with messages");
      }
      this.#sort(parseTrainerMessage(data));
    } catch (error) {
      if (!(error instanceof LabError)) throw error;
      this.#fail(
        error.code === "protocol" ? trainError("invalid", `broke the protocol: ${error.message}`) : error,
      );
    }
  }

  /** The two messages that may be large, the first time each. */
  #firstForward(data: unknown): boolean {
    const type: unknown = data !== null && typeof data === "object" && "type" in data ? data.type : undefined;
    const large = type === "rehearsed" || type === "handover";
    return large && this.#order.includes(type) && !this.#reached.has(type);
  }

  #sort(message: TrainerMessage): void {
    if (message.type === "busy") {
      // Sent from inside a loop: it names the line, but is no sign of life.
      this.#busyLine = message.line;
      return;
    }
    this.#heard = this.#clock.now();
    this.#busyLine = 0;
    if (message.type === "beat") return;
    this.#progress = this.#heard;
    if (message.type === "failed") {
      throw message.device
        ? new LabError("device", message.message)
        : trainError("crash", message.message, message.line);
    }
    if (!ORDER.includes(message.type as MilestoneType)) return this.#onNews(message);
    const type = message.type as MilestoneType;
    const rank = this.#order.indexOf(type);
    if (this.#reached.has(type) || rank < 0) return;
    if ((rank > 0 && !this.#reached.has(this.#order[rank - 1])) || (type === "handover" && !this.#begun)) {
      throw new LabError("protocol", { what: `${type} out of turn` });
    }
    this.#reached.set(type, message);
    this.#awaited.get(type)?.(message as never);
  }
}
