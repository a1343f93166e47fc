// One run from its source to its result: rehearsal on noise, the clock, the handover, the judgement. Every way a train.ts
// can fail ends here as a result; only the lab's own failures are thrown.
import { LabError } from "../error.ts";
import { parseTuning, type Tuning } from "../nn/index.ts";
import type { ReaderClient } from "./carried/reader-client.ts";
import { SleepWatch } from "./clock.ts";
import { Curve } from "./curve.ts";
import { disturbance, Drift, MAX_REPEATS } from "./disturbance.ts";
import type { OpenTrainer } from "./frame.ts";
import { Glimpses } from "./glimpses.ts";
import { allowedLateness, MAX_PAUSED, HANDOVER_WAIT } from "./lateness.ts";
import type { Forward, Passes, TrainerMessage } from "./contract/protocol.ts";
import { placesOf, type Places } from "./source/places.ts";
import { lineOf, oneLine, trainError } from "./contract/reason.ts";
import { Judge, type JudgeTools } from "./judge.ts";
import type { SameRun } from "./same-run.ts";
import { TrainerLink } from "./trainer-link.ts";
import { transpile } from "./source/transpile.ts";
import type {
  Rehearsal,
  RunEvent,
  RunFigures,
  RunRequest,
  RunResult,
  RunStage,
  StepFigures,
} from "./contract/types.ts";

/** The tools of one run; the scorer already holds the text. */
export interface RunTools extends JudgeTools {
  readonly openTrainer: OpenTrainer;
  readonly reader: Pick<ReaderClient, "refuse">;
  readonly sameRun: Pick<SameRun, "is">;
  /** Whether the GPU was lost under this train.ts before: once is bad luck, twice is the fault of train.ts. */
  readonly lostBefore: boolean;
  /** How often a run of this train.ts was void because the machine was disturbed. */
  readonly disturbedBefore: number;
}

/** How long the trainer may make no progress [ms]; the trainer itself notices a train.ts that does not yield. */
const PATIENCE = 60_000;
/** How long the rehearsal may measure the kernels of an adapter that the study has not run on yet. */
const TUNE_MS = 900;
const TICK = 250;

export class Run {
  readonly #tools: RunTools;
  readonly #request: RunRequest;
  readonly #onEvent: (event: RunEvent) => void;
  readonly #curve = new Curve();
  readonly #drift = new Drift();
  #link: TrainerLink | null = null;
  #stage: RunStage = "loading";
  readonly #judge: Judge;
  #device = "";
  #tuning: Tuning | null = null;
  #silent = "";
  #steps = 0;
  #tokens = 0;
  #seconds = 0;
  #parameters = 0;
  #peakBytes = 0;
  #stepMs = 0;
  #tokensPerSecond = 0;
  #step: StepFigures | undefined;
  #digest = "";
  /** Whether the engine opened a session for the trainer: before that, a lost device is not the fault of train.ts. */
  #opened = false;
  /** Whether the clock was started. */
  #begun = false;
  /** Whether the rehearsal waits for the reader or for a comparison: the trainer's silence is then no fault. */
  #reading = false;
  #sleep: SleepWatch | null = null;
  /** Null before the rehearsal has a forward pass. */
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
  }

  result(signal: AbortSignal): Promise<RunResult> {
    return this.#watched(signal, async () => {
      const trained = await this.#train(await this.#rehearse(signal, this.#tuneMs()));
      // The judge gives the weights away.
      const weights = this.#request.wantModel === true ? trained.weights.slice() : null;
      const scores = await this.#judge.score(trained);
      const { valBpb } = scores;
      if (weights !== null)
        this.#onEvent({ type: "model", graph: trained.single, weights, valBpb, steps: this.#steps });
      return { status: "scored", ...scores, ...this.#figures() };
    });
  }

  /** Runs the rehearsal only. */
  async rehearsal(signal: AbortSignal): Promise<Rehearsal> {
    const result = await this.#watched(signal, async () => {
      await this.#rehearse(signal, 0);
      return { status: "passed" as const };
    });
    if (result.status === "aborted") return { status: "none", reason: result.reason };
    if (result.status === "crash" || result.status === "invalid" || result.status === "equal")
      return { status: "failed", reason: result.reason };
    const { peakBytes, parameters } = this.#figures();
    const tokensPerSecond = this.#tokensPerSecond;
    const silent = this.#silent;
    return { status: "passed", stepMs: this.#stepMs, tokensPerSecond, peakBytes, parameters, silent };
  }

  /** Does `work` and watches the clock. A failure of train.ts becomes a result; the lab's own failures are thrown. */
  async #watched<T>(
    signal: AbortSignal,
    work: () => Promise<T>,
  ): Promise<T | Exclude<RunResult, { status: "scored" }>> {
    const stopTicking = this.#tools.clock.every(TICK, () => this.#tick());
    const abort = () => {
      const error = new LabError("cancelled", "the run was stopped");
      this.#link?.fail(error);
      this.#tools.scorer.closeSession(error);
    };
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      return await work();
    } catch (error) {
      if (signal.aborted) return this.#aborted("stopped", "the run was stopped");
      if (error instanceof Equal) {
        const { number, message: reason } = error;
        return { status: "equal", number, reason, ...this.#figures() };
      }
      if (error instanceof Disturbed) return this.#aborted("disturbed", error.message);
      if (!(error instanceof LabError)) throw error;
      return this.#verdict(error);
    } finally {
      signal.removeEventListener("abort", abort);
      stopTicking();
      this.#link?.close();
      if (this.#opened) this.#tools.scorer.closeSession();
    }
  }

  /** From the source to a train.ts that waits for the clock. */
  async #rehearse(signal: AbortSignal, tuneMs: number): Promise<TrainerLink> {
    const { arena, seed, source } = this.#request;
    const { scorer } = this.#tools;
    this.#enter("loading");
    const code = transpile(source);
    const refused = this.#tools.reader.refuse(this.#request);
    refused.catch(() => undefined); // awaited below, unless the rehearsal fails first
    const frame = await this.#tools.openTrainer();
    const link = new TrainerLink(frame, this.#tools.clock, (message) => this.#news(message));
    this.#link = link;
    if (signal.aborted) link.close();
    signal.throwIfAborted();
    const { seqLen, vocabSize, budgetSeconds, budgetTokens = 0, scoreBatch } = arena;
    const tuning = JSON.stringify(budgetTokens > 0 ? [] : (this.#request.tuning ?? []));
    const { port1: port, port2: engine } = new MessageChannel();
    const opened = await scorer.ask({ type: "open", port, tuning, seed, budgetTokens, tuneMs }, [port]);
    this.#device = opened.device;
    this.#opened = true;
    scorer.onSpent = () => this.#spent();
    scorer.onViolation = (reason) => link.fail(trainError("invalid", reason));
    scorer.onLost = (error) => link.fail(error);
    link.send({
      type: "init",
      code,
      seed,
      seqLen,
      vocabSize,
      budgetSeconds,
      budgetTokens,
      scoreBatch,
      memory: opened.memory,
      engine,
      recordMs: 0,
    });
    await link.reach("hello");
    this.#enter("compiling");
    const { passes } = await link.reach("rehearsed");
    this.#glimpses = new Glimpses(scorer, this.#request, passes, this.#onEvent);
    this.#enter("rehearsing", "probes");
    // The weights are read before train.ts restarts.
    const { forward } = await Promise.race([this.#take(passes), link.failure]);
    const { digest } = await Promise.race([this.#judge.ask({ type: "digest", ...passes }), link.failure]);
    this.#digest = digest;
    link.send({ type: "again" });
    // While the scorer probes the rehearsal's weights, the trainer restarts train.ts; the clock waits for both.
    await Promise.race([this.#judge.probe(forward, "rehearsal"), link.failure]);
    this.#reading = true;
    await Promise.race([refused, link.failure]);
    this.#reading = false;
    await link.reach("ready");
    await this.#mustDiffer(link, opened.memory, signal);
    return link;
  }

  /** Throws Equal when the run could only repeat an earlier experiment. */
  async #mustDiffer(link: TrainerLink, memory: number, signal: AbortSignal): Promise<void> {
    const { source, arena, seed } = this.#request;
    const earlier = this.#digest === "" ? null : (this.#request.earlier?.(this.#digest) ?? null);
    if (earlier === null) return;
    this.#enter("rehearsing", `comparison with #${earlier.number}`);
    this.#reading = true;
    const wanted = { arena, seed, memory, stepMs: this.#stepMs };
    const same = this.#tools.sameRun.is(source, earlier, wanted, signal);
    if (await Promise.race([same, link.failure])) throw new Equal(earlier.number);
    this.#reading = false;
  }

  async #train(link: TrainerLink): Promise<Forward> {
    const { arena } = this.#request;
    const { budgetTokens = 0 } = arena;
    // With a budget in tokens the result does not depend on the speed of the machine.
    const inTokens = budgetTokens > 0;
    const paceBefore = inTokens ? 0 : await Promise.race([this.#pace(), link.failure]);

    this.#enter("training");
    await this.#tools.scorer.ask({ type: "begin", seconds: arena.budgetSeconds });
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
    const { forward, steps, tokens, seconds, lateMs: late } = await this.#take(last.passes);
    this.#steps = steps;
    this.#seconds = seconds;
    this.#tokens = tokens;
    // Check the speed of the machine first, then the lateness: on a throttled machine an honest train.ts may be late.
    if (inTokens) this.#within(budgetTokens, arena.budgetSeconds);
    else this.#undisturbed(disturbance(arena.tier, paceBefore, await this.#pace(), this.#drift.factor()));
    const allowed = allowedLateness({ budgetMs: 1000 * arena.budgetSeconds, stepMs: this.#stepMs });
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

  /** A forward pass with the weights that the engine trained. */
  async #take({ graph, single, parameters }: Passes) {
    const answer = await this.#judge.ask({ type: "take", parameters });
    const { weights, steps, tokens, seconds, lateMs } = answer;
    if (answer.tuning !== null) this.#tuning = parseTuning(JSON.parse(answer.tuning));
    this.#step ??= answer.step ?? undefined;
    return { forward: { graph, single, weights } satisfies Forward, steps, tokens, seconds, lateMs };
  }

  /** How fast the scorer's device is now [ms of a fixed piece of work]. */
  async #pace(): Promise<number> {
    const answer = await this.#tools.scorer.ask({ type: "pace" });
    return answer.ms;
  }

  /** Says when the ceiling [s] ended a run that had tokens left. */
  #within(budgetTokens: number, ceiling: number): void {
    if (this.#seconds < 0.95 * ceiling) return;
    const [read, most] = [this.#tokens, budgetTokens].map((tokens) => tokens.toLocaleString("en"));
    const message = `the clock ended the run at ${ceiling} s, after ${read} of ${most} tokens`;
    this.#onEvent({ type: "warning", message });
  }

  /** 0 for a budget in tokens: such a run must repeat to the bit, but a measurement may choose other kernels. */
  #tuneMs(): number {
    return (this.#request.arena.budgetTokens ?? 0) > 0 ? 0 : TUNE_MS;
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
    } else if (message.type === "silent" && this.#silent === "") {
      this.#silent = oneLine(message.words, 300);
      this.#onEvent({ type: "warning", message: this.#silent });
    } else if (message.type === "lines") {
      this.#judge.lines = { lines: message.lines, singleLines: message.singleLines };
    } else if (message.type === "forecast") {
      const { stepMs, peakBytes, parameters, tokensPerStep } = message;
      this.#stepMs = stepMs;
      this.#peakBytes = peakBytes;
      this.#parameters = parameters;
      const tokensPerSecond = (this.#tokensPerSecond = stepMs > 0 ? (1000 * tokensPerStep) / stepMs : 0);
      this.#onEvent({ type: "forecast", stepMs, peakBytes, parameters, tokensPerSecond });
    } else if (message.type === "steps") {
      if (this.#sleep === null) this.#enter("rehearsing", "", message.step, 3);
      else this.#stepped(message);
    }
  }

  #stepped(message: Extract<TrainerMessage, { type: "steps" }>): void {
    const points: [number, number][] = [];
    for (let i = 0; i + 1 < message.points.length; i += 2) {
      const [seconds, loss] = [message.points[i], message.points[i + 1]];
      if (!Number.isFinite(seconds) || !Number.isFinite(loss)) {
        const line = this.#places().log;
        throw trainError("crash", `the loss is ${loss} after ${message.step} steps`, line);
      }
      points.push([seconds, loss]);
      this.#curve.add(seconds, loss);
    }
    this.#drift.add(this.#tools.clock.now() - (this.#glimpses?.pausedMs ?? 0), message.tokens);
    this.#steps = message.step;
    this.#tokens = message.tokens;
    this.#seconds = message.seconds;
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
    if (slept !== null) this.#link?.fail(new LabError("cancelled", slept));
    this.#judge.tick(now);
    if (now > this.#deadline) {
      const late = Math.round((now - this.#deadline + HANDOVER_WAIT) / 1000);
      const line = this.#places().training;
      this.#link?.fail(trainError("crash", `did not hand over its model, ${late} s past the deadline`, line));
    }
    const patience = this.#reading ? Infinity : Math.max(PATIENCE, 10 * this.#stepMs);
    this.#link?.check(missed, patience, this.#stage);
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
    if (error.code === "device" && !this.#opened) return this.#aborted("device", error.message);
    if (error.code === "device" && !this.#tools.lostBefore)
      return { ...this.#aborted("device", error.message), lost: true };
    if (error.code === "device") return this.#verdict(trainError("crash", `twice, ${error.message}`));
    if (error.code !== "crash" && error.code !== "invalid") throw error;
    const reason = oneLine(error.message);
    const early = this.#begun ? {} : { rehearsal: true as const };
    return { status: error.code, reason, line: lineOf(reason), ...early, ...this.#figures() };
  }

  #aborted(cause: Aborted["cause"], text: string): Aborted {
    return {
      status: "aborted",
      reason: oneLine(text),
      retry: cause !== "stopped",
      cause,
      ...this.#figures(),
    };
  }

  #figures(): RunFigures {
    const passed = (this.#tools.clock.now() - this.#startedAt) / 1000;
    return {
      overheadSeconds: Math.round(10 * Math.max(0, passed - this.#seconds)) / 10,
      probes: this.#judge.probes,
      tokens: this.#tokens,
      steps: this.#steps,
      seconds: this.#seconds,
      tokensPerSecond: this.#seconds > 0 ? this.#tokens / this.#seconds : 0,
      parameters: this.#parameters,
      peakBytes: this.#peakBytes,
      curve: this.#curve.points(),
      device: this.#device,
      ...(this.#tuning === null ? {} : { tuning: this.#tuning }),
      ...(this.#step === undefined ? {} : { step: this.#step }),
      ...(this.#digest === "" ? {} : { digest: this.#digest }),
    };
  }
}

type Aborted = Extract<RunResult, { status: "aborted" }>;

/** The run could only repeat another experiment. */
class Equal extends Error {
  readonly number: number;
  constructor(number: number) {
    super(`cannot differ from #${number}: it records the same training steps and the same forward pass`);
    this.number = number;
  }
}

/** The speed of the machine changed during the run. */
class Disturbed extends Error {}
