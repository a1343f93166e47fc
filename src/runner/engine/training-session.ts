// One train.ts on the engine: its steps come from the sandbox as data and run here, three in the rehearsal, none before
// the clock starts, then until the budget is spent. The session keeps this clock; it stops while the engine compiles.
import { LabError } from "../../error.ts";
import type { Memo } from "../../memo.ts";
import { type BatchSource, type Engine, RunDigest, type StepPlayer, type Tensor } from "../../nn/index.ts";
import { LONGEST_STEP, stepFigures } from "./step-figures.ts";
import type { StepFigures } from "../contract/types.ts";
import { oneLine } from "../contract/reason.ts";
import { digestOf } from "../../digest.ts";
import type { RunBatches } from "./run-batches.ts";
import { parseSessionRequest, type SessionReply, type SessionRequest } from "./session-protocol.ts";

/** The parts of its own engine that a session needs. */
export type SessionEngine = Pick<
  Engine,
  | "abandon"
  | "finished"
  | "measured"
  | "memory"
  | "readParameters"
  | "reset"
  | "leave"
  | "stepProfile"
  | "tune"
  | "tuning"
> & { player(batches: BatchSource): StepPlayer };

interface SessionWorld {
  now(): number;
  /** How long [ms] the rehearsal may measure kernels. */
  readonly tuneMs: number;
  /** There is no rehearsal: an earlier one serves. */
  readonly rehearsed: boolean;
  /** The batches of the steps. */
  readonly batches: RunBatches;
  /** The profiles of steps that were measured before, by `digestOf` the step and the choice of its kernels. */
  readonly profiles: Memo<StepFigures>;
  /** The budget is spent. */
  spent(): void;
  /** The sandbox broke the rules; one line. */
  violated(reason: string): void;
}

/** The result of a session. */
interface Trained {
  /** Values of the requested parameters, concatenated. */
  readonly weights: Float32Array<ArrayBuffer>;
  readonly steps: number;
  readonly tokens: number;
  /** Seconds of the clock at the end of the last step. */
  readonly seconds: number;
  /** How long after the end of the budget the last step ended [ms]. */
  readonly lateMs: number;
  /** The profile of a step, measured after training; null: not measured. */
  readonly step: StepFigures | null;
}

const REHEARSAL_STEPS = 3;
/** Step structures for which the clock stops, enough for any schedule. Later ones compile on train.ts's own budget. */
const FREE_STRUCTURES = 64;
/** Limit on waiting requests: an honest recorder has two steps under way, and values of the step between. */
const MAX_WAITING = 64;
/** Limit on "over" and "refused" answers: an honest sandbox gets a few. */
const MAX_IN_VAIN = 256;
/** A glimpse waits so long for the next step [ms], or for three steps. */
const GLIMPSE_WAIT = 1000;
const EARLY = "nothing is computed before the clock starts, with the first step of the loop";

type Phase = "opened" | "rehearsal" | "waiting" | "training" | "over";

export class TrainingSession {
  readonly #engine: SessionEngine;
  readonly #port: MessagePort;
  readonly #now: () => number;
  readonly #world: SessionWorld;
  #player: StepPlayer;
  /** Of the rehearsal; null before and after it. */
  #digest: RunDigest | null = null;
  #phase: Phase = "opened";
  #turn: Promise<void> = Promise.resolve();
  #waiting = 0;
  #inVain = 0;
  #steps = 0;
  #tokens = 0;
  #pausedMs = 0;
  #begun = 0;
  #budgetMs = 0;
  /** Waits for the next step. */
  #glimpse: (() => Promise<void>) | null = null;
  /** When the clock was stopped for a glimpse; null: it runs. */
  #stoppedAt: number | null = null;
  #finished = 0;
  /** Duration of the last step. */
  #stepMs = 0;
  /** Digests of the tapes by the numbers of their plans, and that of the tape that ran last. */
  readonly #tapes = new Map<number, Promise<string>>();
  #tape: Promise<string> | undefined;
  /** Steps that the device has not finished. */
  readonly #running: Promise<void>[] = [];

  constructor(engine: SessionEngine, port: MessagePort, world: SessionWorld) {
    this.#engine = engine;
    this.#port = port;
    this.#now = () => world.now();
    this.#world = world;
    this.#player = engine.player(world.batches);
    engine.tune(world.tuneMs);
    port.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(data);
  }

  /** The clock starts. Throws LabError "invalid" unless train.ts waits for it. */
  begin(seconds: number): void {
    if (this.#phase !== "waiting") throw new LabError("invalid", "did not wait for the clock");
    this.#phase = "training";
    this.#begun = this.#finished = this.#now();
    this.#budgetMs = 1000 * seconds;
    this.#pausedMs = 0;
    this.#watch();
  }

  /** Ends training (waiting steps get "over") and reads parameters. Throws LabError "graph" for unknown numbers. */
  take(parameters: Uint32Array): Promise<Trained> {
    if (this.#phase === "training") this.#phase = "over";
    const taken = this.#turn.then(() => this.#take(parameters));
    this.#turn = taken.then(
      () => undefined,
      () => undefined, // thrown to the caller
    );
    return taken;
  }

  /**
   * Calls `look` before the next step, while the clock stands still and the device trains nothing; its argument reads the
   * present values of parameters. Resolves with the time that the clock stood still [ms]; 0: no step came, and `look` was
   * not called. Throws the errors of `look`.
   */
  glimpse(
    look: (read: (parameters: Uint32Array) => Promise<Float32Array<ArrayBuffer>>) => Promise<void>,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const wait = setTimeout(
        () => {
          this.#glimpse = null;
          resolve(0);
        },
        Math.max(GLIMPSE_WAIT, 3 * this.#stepMs),
      );
      this.#glimpse = async () => {
        clearTimeout(wait);
        this.#glimpse = null;
        await Promise.all(this.#running);
        const before = (this.#stoppedAt = this.#now());
        await look((parameters) => this.#weights(parameters)).catch(reject);
        this.#stoppedAt = null;
        const stood = this.#now() - before;
        this.#pausedMs += stood;
        resolve(stood);
      };
    });
  }

  async #take(parameters: Uint32Array): Promise<Trained> {
    await Promise.all(this.#running);
    const weights = await this.#weights(parameters);
    const took = this.#finished - this.#begun - this.#pausedMs;
    const [steps, tokens] = [this.#steps, this.#tokens];
    const lateMs = took - this.#budgetMs;
    return { weights, steps, tokens, seconds: took / 1000, lateMs, step: await this.#profiled() };
  }

  /** Values of parameters, one after the other. Throws LabError "graph" for unknown numbers. */
  async #weights(parameters: Uint32Array): Promise<Float32Array<ArrayBuffer>> {
    const tensors = Array.from(parameters, (number): Tensor => this.#player.tensor(number));
    const arrays = await this.#engine.readParameters(tensors);
    const weights = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of arrays) {
      weights.set(array, at);
      at += array.length;
    }
    return weights;
  }

  /** Digest of the rehearsal's steps and forward passes; null where train.ts read values. */
  digest(passes: readonly string[], parameters: Uint32Array): string | null {
    return this.#digest === null || this.#digest.reads ? null : this.#digest.end(passes, parameters);
  }

  /** The rehearsal's measurement of the adapter as JSON; null: nothing was measured. */
  tuned(): string | null {
    return this.#engine.measured ? JSON.stringify(this.#engine.tuning()) : null;
  }

  /** Ignores all further messages of the sandbox, and frees its memory. */
  close(): void {
    this.#phase = "over";
    this.#port.onmessage = null;
    this.#port.close();
    this.#engine.abandon(); // a step that still compiles shall not run
    void this.#turn.then(() => this.#engine.leave());
  }

  #hear(data: unknown): void {
    if (++this.#waiting > MAX_WAITING) return this.#refuse("flooded the engine with requests");
    this.#turn = this.#turn.then(async () => {
      try {
        await this.#answer(parseSessionRequest(data));
      } catch (error) {
        this.#fail(data, error);
      } finally {
        this.#waiting--;
      }
    });
  }

  #fail(data: unknown, error: unknown): void {
    const id = typeof data === "object" && data !== null && "id" in data ? Number(data.id) : 0;
    const known =
      error instanceof LabError
        ? error
        : new LabError(
            "internal",
            oneLine(`the engine failed: ${error instanceof Error ? error.message : typeof error}`),
          );
    // The lab's recorder never makes such a tape, so the sandbox is at fault.
    if (known.code === "graph" || known.code === "internal")
      this.#refuse(`broke the protocol: ${known.message}`);
    this.#say({ type: "refused", id, code: known.code, message: oneLine(known.message) });
  }

  #refuse(reason: string): void {
    this.#port.onmessage = null;
    this.#world.violated(oneLine(reason));
  }

  async #answer(request: SessionRequest): Promise<void> {
    if (request.type === "reset") return this.#reset(request.id);
    const { id, step } = request;
    if (this.#phase === "opened" || this.#phase === "waiting") throw new LabError("value", EARLY);
    // At most two steps run at once, so that the steps under way at the end of the budget finish soon.
    while (this.#running.length > 1) await this.#running[0];
    if (this.#phase === "over" || this.#isSpent()) return this.#say({ type: "over", id });
    if (this.#phase === "training") await this.#glimpse?.();
    const recorded = this.#player.record(step);
    this.#digest?.add(step);
    if (step.tape !== null) this.#tapes.set(step.plan, digestOf([step.tape]));
    this.#tape = this.#tapes.get(step.plan);
    if (this.#phase === "rehearsal" && recorded.stores && this.#steps >= REHEARSAL_STEPS) {
      recorded.drop();
      throw new LabError("invalid", `the rehearsal has ${REHEARSAL_STEPS} steps`);
    }
    const isNew = step.tape !== null && this.#player.structures <= FREE_STRUCTURES;
    // The device must be idle before the clock stops: no step may train for free.
    if (isNew) await this.#engine.finished();
    const before = this.#now();
    const { values } = await recorded.run((done, total) => this.#say({ type: "compiling", done, total }));
    if (isNew) this.#pausedMs += this.#now() - before;
    if (recorded.stores) this.#steps++;
    if (recorded.stores) this.#tokens = this.#world.batches.tokens;
    this.#say({ type: "started", id, pausedMs: this.#pausedMs, peakBytes: this.#engine.memory().peak });
    const running = this.#finish(id, values, recorded.stores);
    this.#running.push(running);
    void running.then(() => this.#running.splice(this.#running.indexOf(running), 1));
  }

  async #finish(
    id: number,
    values: Promise<readonly (Float32Array | Uint32Array)[]>,
    stores: boolean,
  ): Promise<void> {
    const started = this.#now();
    try {
      const [read] = await Promise.all([values, this.#engine.finished()]);
      if (stores) [this.#finished, this.#stepMs] = [this.#now(), this.#now() - started];
      this.#say({ type: "done", id, values: read });
    } catch (error) {
      this.#fail({ id }, error);
    }
  }

  /** Reports the end of the budget, even if train.ts sends no request. */
  #watch(): void {
    if (this.#phase !== "training") return;
    if (this.#isSpent()) return this.#world.spent();
    setTimeout(() => this.#watch(), this.#leftMs() + 50);
  }

  #isSpent(): boolean {
    return this.#phase === "training" && this.#leftMs() < 0;
  }

  #leftMs(): number {
    return this.#budgetMs - ((this.#stoppedAt ?? this.#now()) - this.#begun - this.#pausedMs);
  }

  #reset(id: number): void {
    if (this.#phase === "training" || this.#phase === "over") return this.#say({ type: "over", id });
    this.#engine.reset();
    this.#player = this.#engine.player(this.#world.batches);
    this.#tapes.clear();
    this.#tape = undefined;
    this.#steps = this.#tokens = this.#pausedMs = 0;
    this.#phase = this.#phase === "opened" && !this.#world.rehearsed ? "rehearsal" : "waiting";
    this.#world.batches.restart(this.#phase === "waiting");
    this.#digest = this.#phase === "rehearsal" ? new RunDigest(this.#world.batches.seqLen) : null;
    // The choice of kernels is fixed from here on: measuring must not cost budget.
    if (this.#phase === "waiting") this.#engine.tune(0);
    this.#say({ type: "done", id, values: [] }, true);
  }

  /** The profile of the last step. It is made when training is over and the weights are read, because it runs the step again. */
  async #profiled(): Promise<StepFigures | null> {
    const tape = await this.#tape;
    if (this.#phase !== "over" || this.#steps === 0) return null; // nothing has run
    if (tape === undefined || this.#stepMs > LONGEST_STEP) return null;
    const key = await digestOf([tape, JSON.stringify(this.#engine.tuning())]);
    const unknown = { flopsPerSecond: null, bytesPerSecond: null };
    const known = this.#world.profiles.find(key);
    return known ?? this.#world.profiles.put(key, stepFigures(await this.#engine.stepProfile(unknown)));
  }

  #say(reply: SessionReply, inVain = reply.type === "over" || reply.type === "refused"): void {
    this.#port.postMessage(reply);
    if (inVain && ++this.#inVain > MAX_IN_VAIN) this.#refuse("asked the engine again and again, in vain");
  }
}
