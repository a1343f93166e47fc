// The trainer: runs one train.ts twice, first on noise for three steps, then on the text and by the clock, and hands
// over its forward pass (only once where it was rehearsed before); the engine computes and holds the weights. The lab
// trusts nothing in here: this code only has to serve an honest train.ts well, and to report a broken one with its line.
import { LabError } from "../../error.ts";
import {
  BudgetSpent,
  trainApi,
  type LoopEngine,
  type LoopHost,
  type LoopState,
  type Model,
} from "../../prepare/index.ts";
import { loopsAtTheirBound, nn } from "../../nn/index.ts";
import { MAX_LINES, type Passes, type TrainerCommand, type TrainerMessage } from "../contract/protocol.ts";
import { Evaluation, isEnded } from "./evaluation.ts";
import { isA } from "./faults.ts";
import type { Timers } from "./own-globals.ts";
import { Reporter } from "./reporter.ts";

/** The parts of the engine that the trainer needs. */
export interface TrainerEngine extends LoopEngine {
  seed(seed: number): void;
  /** Drops all state; resolves once the engine has done the same. */
  reset(): Promise<void>;
  /** Blocks all computation, with this reason in the error, until called with null. */
  hold(why: string | null): void;
  /** For how long [ms] the clock stood still since `reset`, because the engine compiled. */
  readonly pausedMs: number;
  /** Peak device memory of the plans [bytes]. */
  readonly peakBytes: number;
  /**
   * The model's forward pass as data, at [batch, seqLen] and [1, seqLen]. `onLines` gets the line of train.ts for each
   * node, `onSilent` a fault that raises no error, in one line.
   */
  handOver(
    model: Model,
    batch: number,
    seqLen: number,
    onLines?: (lines: Uint32Array, singleLines: Uint32Array) => void,
    onSilent?: (words: string) => void,
  ): Promise<Passes>;
}

/** The outside world, captured before train.ts could change it. */
export interface World {
  readonly engine: TrainerEngine;
  post(message: TrainerMessage): void;
  now(): number;
  /** Evaluates the transpiled module again and returns its default export. */
  load(code: string): Promise<(lab: object) => Promise<void>>;
  readonly timers: Timers;
  /** The global object, locked down. */
  readonly scope: object;
  /** The line of train.ts that an error comes from; null where the JavaScript engine does not tell. */
  readonly lineOf: ((error: object) => number) | null;
  /** Math.random starts again from this seed. */
  restart(seed: number): void;
}

type Init = Extract<TrainerCommand, { type: "init" }>;

const REHEARSAL_STEPS = 3;
/** How long train.ts may wait [ms] without recording a step, as in an await that never returns. */
const HOLD_UP = 12_000;
/** Before the clock starts, train.ts may only create parameters with initial values. */
const EARLY = "nothing is computed before the clock starts, with the first step of the loop";

export class Trainer {
  readonly #world: World;
  readonly #init: Init;
  readonly #reporter: Reporter;
  #evaluation: Evaluation;
  #state: LoopState | null = null;
  #phase = "";
  #phaseSince: number;
  #begin: () => void = () => undefined;
  #goOn: () => void = () => undefined;
  #dead = false;

  constructor(world: World, init: Init) {
    this.#world = world;
    this.#init = init;
    this.#phaseSince = world.now();
    this.#reporter = new Reporter((message) => this.#say(message), world.now);
    this.#evaluation = this.#evaluate({});
  }

  /**
   * Runs both passes, the second one alone where an earlier rehearsal serves, or records one whole run. Reports every
   * failure and throws none.
   */
  async run(): Promise<void> {
    const taken = new Promise<void>((resolve) => (this.#goOn = resolve));
    try {
      const atOnce = () => Promise.resolve();
      if (this.#init.recordMs > 0) return await this.#pass(null, atOnce);
      if (this.#init.rehearsedMs === 0) {
        await this.#pass(REHEARSAL_STEPS, atOnce);
        if (this.#dead) return;
        await taken;
      }
      await this.#pass(null, () => {
        const started = new Promise<void>((resolve) => (this.#begin = resolve));
        this.#say({ type: "ready" });
        return started;
      });
    } catch (error) {
      this.fail(error);
    }
  }

  /** The weights of the rehearsal were read. */
  again(): void {
    this.#goOn();
  }

  /** The clock starts. */
  begin(): void {
    this.#begin();
  }

  /** Called twice a second: sends a sign of life, and ends a train.ts that waits too long. */
  beat(): void {
    this.#evaluation.yielded();
    this.#say({ type: "beat" });
    this.#reporter.flush();
    const now = this.#world.now();
    const phase = `${this.#state?.phase ?? ""} ${this.#state?.steps ?? 0}`;
    if (phase !== this.#phase) {
      this.#phase = phase;
      this.#phaseSince = now;
    }
    if (now - this.#phaseSince < HOLD_UP) return;
    const { waitingLine } = this.#evaluation;
    if (this.#state?.phase === "idle") {
      this.fail(
        new LabError("crash", `training(model) was not reached within ${HOLD_UP / 1000} s`),
        waitingLine,
      );
    } else if (this.#state?.phase === "body") {
      this.fail(new LabError("crash", `the body of the loop waited for ${HOLD_UP / 1000} s`), waitingLine);
    }
  }

  /** Reports the first failure; later ones are ignored. `at`: the line to name if the error itself has none. */
  fail(error: unknown, at = 0): void {
    // A remnant of an evaluation that is over.
    if (isEnded(error)) return;
    const { message, line } = this.#evaluation.faults.describe(error);
    this.#reporter.flush();
    this.#say({
      type: "failed",
      device: isA(LabError, error) && error.code === "device",
      message,
      line: line || at || this.#evaluation.line,
    });
    this.#dead = true;
  }

  /** Prepares an evaluation, without running train.ts yet. */
  #evaluate(prepare: object): Evaluation {
    const { now, timers, scope, lineOf } = this.#world;
    return new Evaluation({
      now,
      timers,
      scope,
      lineOf,
      onClock: this.#init.recordMs > 0 ? () => this.fail(new LabError("crash", "reads a clock")) : null,
      module: (name, names, line) => take(name === "nn" ? nn : prepare, name, names, line),
      tell: (line) => this.#say({ type: "busy", line }),
    });
  }

  /** One pass over train.ts from its first line. */
  async #pass(maxSteps: number | null, begin: () => Promise<void>): Promise<void> {
    const { engine, now } = this.#world;
    const { seqLen, vocabSize, budgetSeconds, budgetTokens, seed, recordMs, rehearsedMs } = this.#init;
    // No code of the evaluation before this one may go on.
    this.#evaluation.end();
    await engine.reset();
    engine.seed(seed);
    engine.hold(EARLY);
    this.#world.restart(seed);
    let ended = false;
    let begun = false;
    const end: LoopHost["end"] = async (model) => {
      ended = true;
      this.#reporter.flush();
      const state = this.#state;
      if (state === null || this.#dead) return;
      if (maxSteps !== null) this.#forecast(state);
      // The rehearsal alone sends lines and silent faults.
      const tell = (lines: Uint32Array, singleLines: Uint32Array) =>
        this.#say({
          type: "lines",
          lines: lines.slice(0, MAX_LINES),
          singleLines: singleLines.slice(0, MAX_LINES),
        });
      const rehearsing = maxSteps !== null;
      const passes = await engine.handOver(
        model,
        this.#init.scoreBatch,
        seqLen,
        rehearsing ? tell : undefined,
        rehearsing ? (words) => this.#say({ type: "silent", words }) : undefined,
      );
      if (rehearsing || recordMs > 0) this.#say({ type: "rehearsed", passes });
      else this.#say({ type: "handover", passes });
    };
    const { module, state } = trainApi({
      engine,
      seqLen,
      vocabSize,
      budgetSeconds,
      budgetTokens,
      maxSteps,
      stepMs: maxSteps === null ? (this.#state?.stepMs ?? Math.max(recordMs, rehearsedMs)) : 0,
      now: recordMs > 0 ? () => recordMs * (this.#state?.steps ?? 0) : () => now() - engine.pausedMs,
      line: () => this.#evaluation.line,
      begin: async () => {
        this.#evaluation.begin(false);
        await begin();
        this.#evaluation.begin(true);
        begun = true;
        engine.hold(null);
      },
      compiling: (done, total) => this.#reporter.compiling(done, total),
      stepped: (steps, seconds, tokens) => {
        this.#evaluation.stepped(maxSteps !== null);
        this.#reporter.stepped(steps, seconds, tokens);
      },
      logged: (step, seconds, name, value, line) => {
        this.#reporter.logged(seconds, name, value);
        if (name === "loss" && !Number.isFinite(value)) {
          const hint = Number.isNaN(value) ? loopsAtTheirBound() : undefined;
          this.fail(new LabError("crash", { what: `the loss is ${value} at step ${step}`, hint }), line);
        }
      },
      end: (model) =>
        // train.ts waits for the end of its loop; it must not get this error, because it might keep it.
        end(model).catch((error: unknown) => this.fail(error)),
    });
    this.#state = state;
    this.#reporter.reset();
    this.#evaluation = this.#evaluate(module);
    const evaluate = await this.#world.load(this.#init.code);
    await evaluate(this.#evaluation.lab).catch((error: unknown) => {
      if (!isA(BudgetSpent, error)) throw error;
    });
    if (state.model === null || !begun) {
      const what = state.model === null ? "ended without a loop" : "ended without a step of its loop";
      const error = new LabError("crash", `${what}: for await (const step of training(model)) { … }`);
      return this.fail(error, state.line);
    }
    // The loop ended by `break`, or in a step with too few tokens left: the model is handed over in its present state.
    if (!ended) {
      state.phase = "over";
      await engine.settled(0);
      await end(state.model);
    }
  }

  #forecast({ stepMs, steps, tokens, model }: LoopState): void {
    const parameters = nn
      .parameters(model ?? {})
      .reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const { peakBytes } = this.#world.engine;
    const tokensPerStep = Math.round(tokens / Math.max(1, steps));
    this.#say({ type: "forecast", stepMs, peakBytes, parameters, tokensPerStep });
    const fitting = (1000 * this.#init.budgetSeconds) / Math.max(stepMs, 1e-3);
    if (fitting < 2) {
      throw new LabError("crash", {
        what: "too slow: a step takes longer than half of the budget",
        got: `${(stepMs / 1000).toFixed(1)} s a step`,
        hint: "make the model or the batch smaller",
      });
    }
  }

  #say(message: TrainerMessage): void {
    if (!this.#dead) this.#world.post(message);
  }
}

/** The module of an import in train.ts. Throws LabError "crash" with the line for a name that it does not export. */
function take(module: object, name: string, names: readonly string[], line: number): object {
  for (const wanted of names) {
    if (!(wanted in module))
      throw new LabError("crash", `train.ts:${line}: "${name}" has no export named ${wanted}`);
  }
  return module;
}
