// One run from its source to its result: rehearsal on noise, the clock, the handover, the judgement. Every way a train.ts
// can fail ends here as a result; only the lab's own failures are thrown.
import { LabError } from "../error.ts";
import type { ReaderClient } from "./carried/reader-client.ts";
import { SleepWatch } from "./clock.ts";
import { disturbance, Drift, MAX_REPEATS } from "./disturbance.ts";
import { Figures } from "./figures.ts";
import { Glimpses } from "./glimpses.ts";
import { allowedLateness, MAX_PAUSED, HANDOVER_WAIT } from "./lateness.ts";
import type { Forward, TrainerMessage } from "./contract/protocol.ts";
import { placesOf, type Places } from "./source/places.ts";
import { lineOf, oneLine, trainError } from "./contract/reason.ts";
import { Judge } from "./judge.ts";
import { Preparation, type PreparationTools } from "./preparation.ts";
import { Equal } from "./same-run.ts";
import type { TrainerLink } from "./trainer-link.ts";
import type { Rehearsal, RunEvent, RunFigures, RunRequest, RunResult, RunStage } from "./contract/types.ts";

/** The tools of one run; the engine already holds the text. */
export interface RunTools extends PreparationTools {
  readonly reader: Pick<ReaderClient, "refuse" | "index">;
  /** Whether the GPU was lost under this train.ts before: once is bad luck, twice is the fault of train.ts. */
  readonly lostBefore: boolean;
  /** How often a run of this train.ts was void because the machine was disturbed. */
  readonly disturbedBefore: number;
}

/** How long the trainer may make no progress [ms]; the trainer itself notices a train.ts that does not yield. */
const PATIENCE = 60_000;
const TICK = 250;

export class Run {
  readonly #tools: RunTools;
  readonly #request: RunRequest;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #figures = new Figures();
  readonly #drift = new Drift();
  #stage: RunStage = "loading";
  readonly #judge: Judge;
  readonly #preparation: Preparation;
  /** Whether the clock was started. */
  #begun = false;
  #sleep: SleepWatch | null = null;
  /** Null before the rehearsal is over. */
  #glimpses: Glimpses | null = null;
  /** Deadline for the forward pass, on the lab's clock [ms]. */
  #deadline = Infinity;
  readonly #startedAt: number;
  #ticked: number;

  constructor(tools: RunTools, request: RunRequest, onEvent: (event: RunEvent) => void) {
    this.#tools = tools;
    this.#request = request;
    this.#onEvent = onEvent;
    this.#startedAt = this.#ticked = tools.clock.now();
    this.#judge = new Judge(tools, request, {
      enter: (stage) => {
        this.#enter(stage);
      },
      progress: (detail, done, total) => {
        this.#enter(this.#stage, detail, done, total);
      },
    });
    this.#preparation = new Preparation(tools, request, {
      figures: this.#figures,
      judge: this.#judge,
      enter: (stage, detail) => this.#enter(stage, detail),
      news: (message) => this.#news(message),
      spent: () => this.#spent(),
    });
  }

  result(signal: AbortSignal): Promise<RunResult> {
    return this.#watched(signal, async () => {
      const link = await this.#preparation.prepare(signal, this.#request.own === true);
      this.#glimpses = new Glimpses(
        this.#tools.engine,
        this.#request,
        this.#preparation.graph,
        this.#onEvent,
      );
      const trained = await this.#train(link);
      // The next train.ts is compared with the held-out text; the index costs no budget and delays no first loss.
      if (this.#request.own) this.#tools.reader.index(this.#request);
      // The judge gives the weights away.
      const weights = this.#request.wantModel === true ? trained.weights.slice() : null;
      const scores = await this.#judge.score(trained);
      const { valBpb } = scores;
      if (weights !== null)
        this.#onEvent({ type: "model", graph: trained.single, weights, valBpb, steps: this.#figures.steps });
      return { status: "scored", ...scores, ...this.#figuresNow() };
    });
  }

  /** Runs the rehearsal only. */
  async rehearsal(signal: AbortSignal): Promise<Rehearsal> {
    const result = await this.#watched(signal, async () => {
      await this.#preparation.prepare(signal, false);
      return { status: "passed" as const };
    });
    if (result.status === "aborted") return { status: "none", reason: result.reason };
    if (result.status === "crash" || result.status === "invalid" || result.status === "equal")
      return { status: "failed", reason: result.reason };
    const { tokensPerSecond, forecast, silent } = this.#figures;
    const { stepMs, peakBytes, parameters } = forecast;
    return { status: "passed", stepMs, tokensPerSecond, peakBytes, parameters, silent };
  }

  /** Does `work` and watches the clock. A failure of train.ts becomes a result; the lab's own failures are thrown. */
  async #watched<T>(
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T | Exclude<RunResult, { status: "scored" }>> {
    const stopTicking = this.#tools.clock.every(TICK, () => this.#tick());
    const abort = () => {
      const error = new LabError("cancelled", "the run was stopped");
      this.#preparation.link?.fail(error);
      this.#tools.engine.closeSession(error);
    };
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (signal.aborted) return this.#aborted("stopped", "the run was stopped");
      if (error instanceof Equal) {
        const { number, message: reason } = error;
        return { status: "equal", number, reason, ...this.#figuresNow() };
      }
      if (error instanceof Disturbed) return this.#aborted("disturbed", error.message);
      if (!(error instanceof LabError)) throw error;
      return this.#verdict(error);
    } finally {
      signal.removeEventListener("abort", abort);
      stopTicking();
      this.#preparation.link?.close();
      if (this.#preparation.opened) this.#tools.engine.closeSession();
    }
  }

  async #train(link: TrainerLink): Promise<Forward> {
    const { arena } = this.#request;
    const { budgetTokens = 0 } = arena;
    // With a budget in tokens the result does not depend on the speed of the machine.
    const inTokens = budgetTokens > 0;
    const paceBefore = inTokens ? 0 : await Promise.race([this.#pace(), link.failure]);

    this.#enter("training");
    await this.#tools.engine.ask({ type: "begin", seconds: arena.budgetSeconds });
    const begun = this.#tools.clock.now();
    this.#begun = true;
    this.#sleep = new SleepWatch(this.#tools.clock);
    link.send({ type: "begin" });
    // The engine says when the budget is spent; its clock may stand still for a while.
    this.#deadline = begun + 1000 * arena.budgetSeconds + MAX_PAUSED + HANDOVER_WAIT;
    const last = await link.reach("handover");
    await this.#glimpses?.settled();
    this.#sleep = null;
    this.#deadline = Infinity;
    link.close();
    const { forward, lateMs: late, ...taken } = await this.#judge.take(last.passes);
    this.#figures.trained(taken);
    // Check the speed of the machine first, then the lateness: on a throttled machine an honest train.ts may be late.
    if (inTokens) this.#within(budgetTokens, arena.budgetSeconds);
    else this.#undisturbed(disturbance(arena.tier, paceBefore, await this.#pace(), this.#drift.factor()));
    const allowed = allowedLateness(1000 * arena.budgetSeconds);
    if (late > allowed) {
      const [by, most] = [late, allowed].map((ms) => (ms / 1000).toFixed(1));
      throw trainError(
        "invalid",
        `its last step ended ${by} s after the deadline, expected at most ${most} s: training after the deadline does not count`,
        this.#places().training,
      );
    }
    return forward;
  }

  /** How fast the engine's device is now [ms of a fixed piece of work]. */
  async #pace(): Promise<number> {
    const answer = await this.#tools.engine.ask({ type: "pace" });
    return answer.ms;
  }

  /** Says when the ceiling [s] ended a run that had tokens left. */
  #within(budgetTokens: number, ceiling: number): void {
    if (this.#figures.seconds < 0.95 * ceiling) return;
    const [read, most] = [this.#figures.tokens, budgetTokens].map((tokens) => tokens.toLocaleString("en"));
    const message = `the clock ended the run at ${ceiling} s, after ${read} of ${most} tokens`;
    this.#onEvent({ type: "warning", message });
  }

  /** A disturbed run is void; after `MAX_REPEATS` void runs it is judged with a warning. */
  #undisturbed(reason: string | null): void {
    if (reason === null) return;
    if (this.#tools.disturbedBefore < MAX_REPEATS) throw new Disturbed(reason);
    this.#onEvent({
      type: "warning",
      message: `judged although the machine was disturbed ${MAX_REPEATS + 1} times: ${reason}`,
    });
  }

  /** Handles the trainer's messages besides its milestones: unverified figures, for display only. */
  #news(message: TrainerMessage): void {
    if (message.type === "compiling") {
      if (this.#sleep === null) this.#enter("compiling", "", message.done, message.total);
    } else if (message.type === "silent" && this.#figures.silent === "") {
      this.#figures.silent = oneLine(message.words, 300);
      this.#onEvent({ type: "warning", message: this.#figures.silent });
    } else if (message.type === "lines") {
      this.#judge.lines = { lines: message.lines, singleLines: message.singleLines };
    } else if (message.type === "forecast") {
      const { stepMs, peakBytes, parameters } = (this.#figures.forecast = message);
      const { tokensPerSecond } = this.#figures;
      this.#onEvent({ type: "forecast", stepMs, peakBytes, parameters, tokensPerSecond });
    } else if (message.type === "steps") {
      if (this.#sleep === null) this.#enter("rehearsing", "", message.step, 3);
      else this.#stepped(message);
    }
  }

  #stepped(message: Extract<TrainerMessage, { type: "steps" }>): void {
    const points = this.#figures.stepped(message, () => this.#places().log);
    this.#drift.add(this.#tools.clock.now() - (this.#glimpses?.pausedMs ?? 0), message.tokens);
    const { step, seconds, tokens, logs } = message;
    this.#onEvent({ type: "steps", step, seconds, tokens, points, logs });
    const { budgetSeconds, budgetTokens = 0 } = this.#request.arena;
    this.#glimpses?.reached(seconds, budgetTokens > 0 ? tokens / budgetTokens : seconds / budgetSeconds);
  }

  #tick(): void {
    const now = this.#tools.clock.now();
    const missed = Math.max(0, now - this.#ticked - 2 * TICK);
    this.#ticked = now;
    const slept = this.#sleep?.check() ?? null;
    if (slept !== null) this.#preparation.link?.fail(new LabError("cancelled", slept));
    this.#judge.tick(now);
    if (now > this.#deadline) {
      const late = Math.round((now - this.#deadline + HANDOVER_WAIT) / 1000);
      const line = this.#places().training;
      this.#preparation.link?.fail(
        trainError("crash", `did not hand over its model, ${late} s past the deadline`, line),
      );
    }
    const patience = this.#preparation.waits
      ? Infinity
      : Math.max(PATIENCE, 10 * this.#figures.forecast.stepMs);
    this.#preparation.link?.check(missed, patience, this.#stage);
  }

  /** The budget is spent: only the forward pass is missing now. */
  #spent(): void {
    if (this.#deadline === Infinity) return;
    this.#deadline = this.#tools.clock.now() + HANDOVER_WAIT;
    this.#enter("handover");
  }

  /** Lines of train.ts for errors that name no line. */
  #places(): Places {
    return placesOf(this.#request.source);
  }

  #enter(stage: RunStage, detail = "", done = 0, total = 0): void {
    this.#stage = stage;
    this.#onEvent({ type: "stage", stage, detail, done, total });
  }
  #verdict(error: LabError): Exclude<RunResult, { status: "scored" }> {
    if (error.code === "cancelled") return this.#aborted("slept", error.message);
    if (error.code === "device" && !this.#preparation.opened) return this.#aborted("device", error.message);
    if (error.code === "device" && !this.#tools.lostBefore)
      return { ...this.#aborted("device", error.message), lost: true };
    if (error.code === "device") return this.#verdict(trainError("crash", `twice, ${error.message}`));
    if (error.code !== "crash" && error.code !== "invalid") throw error;
    const reason = oneLine(error.message);
    const early = this.#begun ? {} : { rehearsal: true as const };
    return { status: error.code, reason, line: lineOf(reason), ...early, ...this.#figuresNow() };
  }

  #aborted(cause: Aborted["cause"], text: string): Aborted {
    return {
      status: "aborted",
      reason: oneLine(text),
      retry: cause !== "stopped",
      cause,
      ...this.#figuresNow(),
    };
  }

  #figuresNow(): RunFigures {
    const passed = (this.#tools.clock.now() - this.#startedAt) / 1000;
    return this.#figures.of(passed, this.#judge.probes);
  }
}

type Aborted = Extract<RunResult, { status: "aborted" }>;

/** The speed of the machine changed during the run. */
class Disturbed extends Error {}
