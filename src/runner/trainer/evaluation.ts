// One evaluation of train.ts: the functions that its instrumented text calls, and globals of its own. An ended
// evaluation cannot go on: its timers are gone, and code that still waits throws as soon as it resumes. So the run
// finds no state of the rehearsal, and no rehearsal continues beside a run.
import { LabError } from "../../error.ts";
import { Faults } from "./faults.ts";
import { ownGlobals, type Timers } from "./own-globals.ts";

/** The outside world, captured before any train.ts ran. */
export interface Surroundings {
  now(): number;
  readonly timers: Timers;
  /** The worker's global object, locked down. */
  readonly scope: object;
  /** The innermost line of train.ts that an error comes from, see `watchCallSites`; null: stacks are read as text. */
  readonly lineOf: ((error: object) => number) | null;
  /** An import of train.ts. */
  module(name: string, names: readonly string[], line: number): object;
  /** Called when train.ts uses a clock or a timer; null: it may. */
  readonly onClock: (() => void) | null;
  /** Reports a line that starts, if not reported lately: its calls may never return. 0: the last one has returned. */
  tell(line: number): void;
}

/** The evaluation ends after this long [ms] without a yield; the lab itself waits a little longer. */
export const LIMIT = 8000;
/** A train.ts that does not yield reports its line after this long [ms], and again at this interval. */
const TELL = 1000;
/** Lines between two reads of the clock; few, because a heap bomb runs few lines. */
const EVERY = 16;
/** Lines that may run before the clock starts: about a second's worth, the same number on every machine. */
export const MAX_EARLY = 100_000_000;
/** Lines that may be reported at once, and how many more after every beat: the lab limits messages. */
const REPORTS = { most: 1000, more: 25 };
/** A line is reported again after this long [ms]; in the rehearsal at every step. */
const AGAIN = 2000;

/** Thrown into an evaluation that is over, to end it. */
class Ended extends Error {
  readonly #mark = true;
  static is(error: unknown): boolean {
    return typeof error === "object" && error !== null && #mark in error;
  }
}
export const isEnded = (error: unknown): boolean => Ended.is(error);

export class Evaluation {
  /** The line that began last. */
  line = 0;
  readonly faults: Faults;
  /** The object whose functions the text of train.ts calls, see `transpile`. */
  readonly lab: object;
  readonly #around: Surroundings;
  readonly #globals: ReturnType<typeof ownGlobals>;
  /** Number of pending awaits of each line; the line that began to wait last is the last entry. */
  readonly #waiting = new Map<number, number>();
  /** For each line, the round in which it was last reported. */
  readonly #reportedIn: number[] = [];
  #round = 1;
  #roundSince: number;
  #reported = false;
  #credit = REPORTS.most;
  #lines = 0;
  /** The line at which too many lines had run before the clock started; 0: not yet. */
  #tooEarly = 0;
  #begun = false;
  #turn: number;
  #busySaid: number;
  #ended = false;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#turn = this.#busySaid = this.#roundSince = around.now();
    this.#globals = ownGlobals(around.scope, around.timers, around.onClock);
    const faults = (this.faults = new Faults(around.lineOf));
    this.lab = Object.freeze({
      globals: this.#globals.names,
      module: around.module,
      at: this.#at,
      waits: this.#waits,
      woke: this.#woke,
      threw: (line: number, error: unknown) => {
        this.#at(line);
        faults.threw(line, error);
        return error;
      },
      caught: (error: unknown) => {
        this.#at(this.line);
        faults.caught(error);
      },
      made: (line: number, value: unknown) => {
        faults.made(line, value);
        return value;
      },
    });
  }

  /** The line of the await that began to wait last; 0: none waits. */
  get waitingLine(): number {
    return [...this.#waiting.keys()].at(-1) ?? 0;
  }

  /** The clock starts, now or soon. Throws LabError "crash" if more than `MAX_EARLY` lines ran before. */
  begin(now: boolean): void {
    if (this.#tooEarly > 0) {
      const most = MAX_EARLY.toLocaleString("en");
      this.line = this.#tooEarly;
      throw this.#stop(`ran more than ${most} lines before the clock started (compute in the loop)`);
    }
    this.#begun = now;
  }

  /** A timer ran, so train.ts has yielded. */
  yielded(): void {
    this.#turn = this.#busySaid = this.#around.now();
    this.#credit = Math.min(REPORTS.most, this.#credit + REPORTS.more);
  }

  /** A turn of the loop is over. */
  stepped(rehearsal: boolean): void {
    if (this.#reported) this.#around.tell(0);
    this.#reported = false;
    const now = this.#around.now();
    if (!rehearsal && now - this.#roundSince < AGAIN) return;
    this.#roundSince = now;
    this.#round++;
  }

  end(): void {
    this.#ended = true;
    this.#globals.clear();
  }

  /** Runs before every statement: about 5 ns (V8, November 2026). Throws to end train.ts. */
  readonly #at = (line: number): void => {
    if (this.#ended) throw new Ended();
    this.line = line;
    if (this.#reportedIn[line] !== this.#round) this.#first(line);
    if (++this.#lines % EVERY === 0) this.#look();
  };

  /** Called before the operand of an await is evaluated, so that an await inside of it counts as later. */
  readonly #waits = (line: number): void => {
    this.#at(line);
    const already = this.#waiting.get(line) ?? 0;
    this.#waiting.delete(line);
    this.#waiting.set(line, already + 1);
  };

  readonly #woke = (line: number, value: unknown): unknown => {
    const waiting = (this.#waiting.get(line) ?? 1) - 1;
    if (waiting > 0) this.#waiting.set(line, waiting);
    else this.#waiting.delete(line);
    this.#at(line);
    return value;
  };

  #first(line: number): void {
    this.#reportedIn[line] = this.#round;
    if (this.#credit === 0) return;
    this.#credit--;
    this.#reported = true;
    this.#around.tell(line);
  }

  #look(): void {
    const time = this.#around.now();
    if (time - this.#turn > LIMIT) {
      const seconds = Math.round((time - this.#turn) / 1000);
      throw this.#stop(`did not yield for ${seconds} s (an endless loop?)`);
    }
    if (!this.#begun && this.#tooEarly === 0 && this.#lines > MAX_EARLY) this.#tooEarly = this.line;
    if (time - this.#busySaid < TELL) return;
    this.#busySaid = time;
    this.#around.tell(this.line);
  }

  #stop(message: string): LabError {
    const error = new LabError("crash", message);
    this.faults.threw(this.line, error);
    return error;
  }
}
