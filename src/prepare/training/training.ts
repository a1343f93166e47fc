// The implementation of the module "prepare": the training loop, whose body is in train.ts. The lab controls the clock,
// the batches and the end. A step is planned and started when its body is done; one or two are in flight at any time.
import { LabError } from "../../error.ts";
import { Tensor, type HostArray, type Session } from "../../nn/index.ts";
import type * as api from "../api.ts";
import { rowsOf } from "./batches.ts";

/** The parts of the engine that the loop needs. */
export interface LoopEngine extends Pick<Session, "readLater" | "prepare"> {
  /** New rows of text [rows, T] and the token after each; `call`: the number of earlier batches in this step. */
  batch(call: number, rows: number): { readonly x: Tensor; readonly y: Tensor };
  /** Waits until at most `inFlight` steps are unfinished on the device. */
  settled(inFlight: number): Promise<void>;
  /** Whether the engine reported a spent budget: it did not run the step prepared last. Absent: it never reports. */
  readonly over?: boolean;
}

/** One pass over a train.ts: a rehearsal of a few steps, or a run by the clock. */
export interface LoopHost {
  readonly engine: LoopEngine;
  readonly seqLen: number;
  readonly vocabSize: number;
  readonly budgetSeconds: number;
  /** The budget in tokens, with the seconds as its ceiling; absent or 0: the seconds are the budget. */
  readonly budgetTokens?: number;
  /** The loop ends after this many steps; null: when the budget is spent. */
  readonly maxSteps: number | null;
  /** Expected duration of a step [ms]; 0: unknown. */
  readonly stepMs: number;
  /** Milliseconds of a clock that train.ts cannot reach. */
  now(): number;
  /** train.ts entered its loop with this model. Resolves when the clock starts. */
  begin(model: api.Model): Promise<void>;
  /** Kernels compiled so far, when a step needs new ones. */
  compiling(done: number, total: number): void;
  /** A step was started: number of steps so far, seconds of the clock, tokens so far. */
  stepped(steps: number, seconds: number, tokens: number): void;
  /** The current line of train.ts. */
  line(): number;
  /** A logged number, some time after its step; `line` is that of `step.log`. */
  logged(step: number, seconds: number, name: string, value: number, line: number): void;
  /** The loop is over and all of its work is done; called before train.ts leaves the loop. */
  end(model: api.Model): Promise<void>;
}

/** The state of a loop, for the code that watches it. */
export interface LoopState {
  /** "body": train.ts computes; "lab": the lab does; "idle": the loop was not entered. */
  phase: "idle" | "lab" | "body" | "over";
  steps: number;
  tokens: number;
  /** Seconds of the clock when the last step's work was done. */
  seconds: number;
  model: api.Model | null;
  /** Where training(model) was called, 0 before. */
  line: number;
  /** Mean time of a step once the loop is warm [ms]. */
  stepMs: number;
}

/** Largest number of tokens of one batch: 512 MiB of x and y. */
const MAX_TOKENS = 2 ** 26;

const count = (n: number): string => n.toLocaleString("en");

/** Thrown when the budget has too little left for the requested rows or values of a tensor: the loop ends there. */
export class BudgetSpent extends Error {}

/** The module "prepare" for one pass, and the loop's state beside it. */
export function trainApi(host: LoopHost): { module: typeof api; state: LoopState } {
  const state: LoopState = {
    phase: "idle",
    steps: 0,
    tokens: 0,
    seconds: 0,
    model: null,
    line: 0,
    stepMs: host.stepMs,
  };
  const training = (model: api.Model): AsyncIterable<api.Step> => {
    if (typeof (model as Partial<api.Model> | null)?.forward !== "function") {
      throw new LabError("value", { what: "training(model): the model has no forward(tokens)" });
    }
    if (state.model !== null)
      throw new LabError("value", "training(model) was called twice; a run has one loop");
    state.model = model;
    state.line = host.line();
    const loop = new Loop(host, model, state);
    return { [Symbol.asyncIterator]: () => loop };
  };
  const module = {
    SEQ_LEN: host.seqLen,
    VOCAB_SIZE: host.vocabSize,
    BUDGET: host.budgetSeconds,
    training,
  } satisfies typeof api;
  return { module, state };
}

class Loop implements AsyncIterator<api.Step, undefined> {
  readonly #host: LoopHost;
  readonly #model: api.Model;
  readonly #state: LoopState;
  /** Remaining rows of a budget in tokens. */
  #rowsLeft: number;
  #started = false;
  /** Rows requested in the last step. */
  #stepRows = 0;
  #begun = 0;
  #returned = 0;
  #calls = 0;

  constructor(host: LoopHost, model: api.Model, state: LoopState) {
    this.#host = host;
    this.#model = model;
    this.#state = state;
    this.#rowsLeft = this.#inTokens() ? rowsOf(host.budgetTokens ?? 0, host.seqLen) : Infinity;
  }

  async next(): Promise<IteratorResult<api.Step, undefined>> {
    const { host, state } = { host: this.#host, state: this.#state };
    if (state.phase === "over") return { done: true, value: undefined };
    if (state.phase === "lab")
      throw new LabError("value", "the loop was asked for a step while it waits for one; a run has one loop");
    state.phase = "lab";
    if (!this.#started) {
      await host.begin(this.#model);
      this.#started = true;
      this.#begun = this.#returned = host.now();
    } else await this.#finishStep();
    if (this.#isOver()) {
      await this.#leave();
      return { done: true, value: undefined };
    }
    this.#calls = 0;
    this.#stepRows = 0;
    state.phase = "body";
    return { done: false, value: this.#step() };
  }

  /** `break` or an error in the body ended the loop: the current step does not count. */
  return(): Promise<IteratorResult<api.Step, undefined>> {
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Starts the recorded step, then waits for an older one so that the device is never far behind. */
  async #finishStep(): Promise<void> {
    const { engine } = this.#host;
    await engine.prepare((done, total) => this.#host.compiling(done, total));
    if (engine.over) return;
    this.#state.steps++;
    await engine.settled(this.#inFlight());
    const now = this.#host.now();
    const took = now - this.#returned;
    this.#returned = now;
    // The first step compiles, so it is left out; later ones enter a slow running mean, which smooths out delays.
    if (this.#state.steps === 2 || this.#state.stepMs === 0) this.#state.stepMs = took;
    else if (this.#state.steps > 2) this.#state.stepMs += 0.2 * (took - this.#state.stepMs);
    this.#state.seconds = (now - this.#begun) / 1000;
    this.#host.stepped(this.#state.steps, this.#state.seconds, this.#state.tokens);
  }

  /** One for long steps: these keep the device busy anyway, and less work is left at the deadline. */
  #inFlight(): number {
    if (this.#host.maxSteps !== null) return 0;
    return this.#state.stepMs > 250 ? 1 : 2;
  }

  /** Expected time from the start to the end of the work submitted so far [ms]. */
  #committed(): number {
    const pending = Math.min(this.#state.steps, this.#inFlight()) * this.#state.stepMs;
    return this.#host.now() - this.#begun + pending;
  }

  #isOver(): boolean {
    const { maxSteps, budgetSeconds } = this.#host;
    if (this.#host.engine.over) return true;
    if (maxSteps !== null) return this.#state.steps >= maxSteps;
    if (this.#state.steps === 0) return false;
    if (this.#rowsLeft < Math.max(1, this.#stepRows)) return true;
    // Short steps end as near to the deadline as possible. Long ones end before it: the lab allows a fixed lateness,
    // not half a step.
    const { stepMs } = this.#state;
    const rest = stepMs > 10 * budgetSeconds ? stepMs : stepMs / 2;
    return this.#committed() + rest >= 1000 * budgetSeconds;
  }

  #inTokens(): boolean {
    return this.#host.maxSteps === null && (this.#host.budgetTokens ?? 0) > 0;
  }

  async #leave(): Promise<void> {
    await this.#host.engine.settled(0);
    this.#state.phase = "over";
    this.#state.seconds = (this.#host.now() - this.#begun) / 1000;
    await this.#host.end(this.#model);
  }

  #step(): api.Step {
    const { maxSteps, budgetSeconds } = this.#host;
    const index = this.#state.steps;
    const seconds = this.#state.seconds;
    const spent = this.#inTokens()
      ? this.#state.tokens / (this.#host.budgetTokens ?? 1)
      : this.#committed() / (1000 * budgetSeconds);
    const progress = maxSteps !== null ? index / maxSteps : Math.min(1, spent);
    return {
      index,
      progress,
      batch: (rows) => this.#batch(rows),
      log: (values) => this.#log(index, seconds, values),
    };
  }

  #batch(rows: number): { x: Tensor; y: Tensor } {
    const { engine, seqLen } = this.#host;
    if (!Number.isInteger(rows) || rows < 1)
      throw new LabError("value", {
        what: "step.batch: rows",
        got: typeof rows === "number" ? String(rows) : typeof rows,
        expected: "a whole number from 1 on",
      });
    if (rows * seqLen > MAX_TOKENS)
      throw new LabError("value", {
        what: "step.batch: too many tokens in one batch",
        got: `${count(rows)} rows of ${count(seqLen)}, ${count(rows * seqLen)} tokens`,
        expected: `at most ${count(MAX_TOKENS)}`,
        hint: "call it several times in a step",
      });
    this.#stepRows += rows;
    // A run has at least one step; a later step without enough rows is left out.
    if (this.#rowsLeft < rows) {
      const what = `step.batch(${rows}): the budget has ${this.#rowsLeft} rows left`;
      throw this.#state.steps > 0 ? new BudgetSpent(what) : new LabError("crash", what);
    }
    this.#rowsLeft -= rows;
    this.#state.tokens += rows * seqLen;
    return engine.batch(this.#calls++, rows);
  }

  #log(step: number, seconds: number, values: Readonly<Record<string, Tensor | number>>): void {
    const line = this.#host.line();
    for (const [name, value] of Object.entries(values).slice(0, 64)) {
      const tell = (number: number) => this.#host.logged(step, seconds, name.slice(0, 64), number, line);
      if (typeof value === "number") tell(value);
      else {
        const given: unknown = value;
        const wrong = (code: "value" | "shape", got: string) =>
          new LabError(code, {
            what: `step.log: ${name.slice(0, 64)}`,
            got,
            expected: "a number or a tensor with one element",
          });
        if (!(given instanceof Tensor)) throw wrong("value", given === null ? "null" : typeof given);
        if (value.shape.some((size) => size !== 1)) throw wrong("shape", `[${value.shape.join(", ")}]`);
        // The flush of a failed step reports its error.
        this.#host.engine.readLater(value).then(([number = NaN]: HostArray) => tell(number), ignore);
      }
    }
  }
}

function ignore(): void {
  // said elsewhere
}
