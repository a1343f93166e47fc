// The trainer: runs one train.ts twice, first on noise for three steps, then on the text and by the clock, and hands
// over its forward pass; what is computed, and the weights, are the engine's. Nothing in here is trusted by the lab; it is written so that an honest
// train.ts is served well and a broken one is reported with its line.
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
import { MAX_LINES, type Passes, type TrainerCommand, type TrainerMessage } from "../protocol.ts";
import { Evaluation, isEnded } from "./evaluation.ts";
import { isA } from "./faults.ts";
import type { Timers } from "./own-globals.ts";
import { Reporter } from "./reporter.ts";

/** What the trainer needs of the engine. */
export interface TrainerEngine extends LoopEngine {
  seed(seed: number): void;
  /** Forgets everything; resolves once the other end has. */
  reset(): Promise<void>;
  /** Lets nothing be computed until it is called with null: a text says why. */
  hold(why: string | null): void;
  /** For how long [ms] the clock stood still since `reset`, because the engine compiled. */
  readonly pausedMs: number;
  /** Bytes of device memory the plans need at most. */
  readonly peakBytes: number;
  /**
   * The model's forward pass as data, at [batch, seqLen] and [1, seqLen]. `onLines` gets the line of train.ts for each
   * node, `onSilent` what goes wrong in silence.
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
  /** Evaluates the transpiled module anew; gives its default export. */
  load(code: string): Promise<(lab: object) => Promise<void>>;
  readonly timers: Timers;
  /** The global object, locked down. */
  readonly scope: object;
  /** The line of train.ts an error comes from, where the engine says it. */
  readonly lineOf: ((error: object) => number) | null;
  /** Math.random starts again from this seed. */
  restart(seed: number): void;
}

type Init = Extract<TrainerCommand, { type: "init" }>;

const REHEARSAL_STEPS = 3;
/** train.ts itself may hold things up for so long [ms] without computing: an await that never comes back. */
const HOLD_UP = 12_000;
/** Before the clock there are parameters with their initial values, and nothing else. */
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

  /** Both passes. Every failure is reported and none is thrown. */
  async run(): Promise<void> {
    const taken = new Promise<void>((resolve) => (this.#goOn = resolve));
    try {
      await this.#pass(REHEARSAL_STEPS, () => Promise.resolve());
      if (this.#dead) return;
      await taken;
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

  /** Called twice a second: a sign of life, and a look at who holds things up. */
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

  /** Reports the first failure; after it the trainer is silent. `at`: the line, where the error itself has none. */
  fail(error: unknown, at = 0): void {
    // What was left of an evaluation that is over.
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

  /** Evaluates nothing yet: what an evaluation is given. */
  #evaluate(prepare: object): Evaluation {
    const { now, timers, scope, lineOf } = this.#world;
    return new Evaluation({
      now,
      timers,
      scope,
      lineOf,
      module: (name, names, line) => take(name === "nn" ? nn : prepare, name, names, line),
      tell: (line) => this.#say({ type: "busy", line }),
    });
  }

  /** One pass over train.ts from its first line. */
  async #pass(maxSteps: number | null, begin: () => Promise<void>): Promise<void> {
    const { engine, now } = this.#world;
    const { seqLen, vocabSize, budgetSeconds, budgetTokens, seed } = this.#init;
    // Nothing of an evaluation before this one goes on.
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
      // Lines are told once, in the rehearsal.
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
      if (rehearsing) this.#say({ type: "rehearsed", passes });
      else this.#say({ type: "handover", passes });
    };
    const { module, state } = trainApi({
      engine,
      seqLen,
      vocabSize,
      budgetSeconds,
      budgetTokens,
      maxSteps,
      stepMs: maxSteps === null ? (this.#state?.stepMs ?? 0) : 0,
      now: () => now() - engine.pausedMs,
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
        // Into train.ts, which waits for the loop to end, this error must not go: it might keep it.
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
    // The loop was left by `break`, or in the step for which too few tokens were left: the model is handed over as it is.
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

/** The module an import of train.ts stands for; a name that is not there is an error at its line. */
function take(module: object, name: string, names: readonly string[], line: number): object {
  for (const wanted of names) {
    if (!(wanted in module))
      throw new LabError("crash", `train.ts:${line}: "${name}" has no export named ${wanted}`);
  }
  return module;
}
