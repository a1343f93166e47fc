// Judges the forward pass of a run in the engine: probes it, scores it and samples from it, within a limit of time.
import { LabError } from "../error.ts";
import { bitsPerByte, chunkBitsPerByte, chunkBytes, DEFAULT_NOISE, type Windows } from "../prepare/index.ts";
import type { Forward, Passes, EngineMessage } from "./contract/protocol.ts";
import { lineOf, trainError } from "./contract/reason.ts";
import type { ControlScore, Probe, RunRequest, RunStage, Score } from "./contract/types.ts";
import type { Clock } from "./clock.ts";
import type { PassLines } from "./figures.ts";
import type { Question, EngineClient } from "./engine-client.ts";
import { placesOf } from "./source/places.ts";

/** Largest number of chunks of a score. */
const CHUNKS = 500;
/** Seconds for each kind of probe on the rehearsal's and on the final weights, where no proof makes it unnecessary. */
const PROBE_SECONDS = { rehearsal: 0.5, final: 10 };
/** Probes and score may each take this long plus the budget; the plan is a tenth of the budget. */
const JUDGE_SECONDS = 60;
/** Factor on that limit where causality is not proved: scored rows are then cut until a leak cannot hide. */
const CUTTING = 10;

/** The tools of a judgement; the engine already holds the text. */
export interface JudgeTools {
  readonly engine: EngineClient;
  readonly clock: Clock;
  readonly validation: Windows;
  readonly test: Windows;
  /** Null in a study without a control text. */
  readonly control: Windows | null;
}

/** How a judgement shows where it is. */
interface Shown {
  /** A new stage. */
  enter(stage: RunStage): void;
  /** Progress within the stage. */
  progress(detail: string, done: number, total: number): void;
}

export class Judge {
  /** Lines of train.ts for the nodes of both graphs, as far as the trainer sent them. */
  lines: PassLines = {
    lines: new Uint32Array(),
    singleLines: new Uint32Array(),
  };
  probes: readonly Probe[] = [];
  readonly #tools: JudgeTools;
  readonly #request: RunRequest;
  readonly #shown: Shown;
  /** Deadline for probes and score, on the lab's clock [ms]. */
  #judgeBy = Infinity;
  #judgeFrom = 0;
  /** Whether scored rows are cut, because the graph does not prove that the model is causal. */
  #cutting = false;

  constructor(tools: JudgeTools, request: RunRequest, shown: Shown) {
    this.#tools = tools;
    this.#request = request;
    this.#shown = shown;
  }

  /** Probes, scores and samples the final weights. Throws LabError "invalid" or "crash" where train.ts is at fault. */
  async score(forward: Forward): Promise<Score> {
    const { validation, test, control } = this.#tools;
    const { corpus, seed, sampleTokens = 160, wantTest = false, wantControl = false } = this.#request;
    this.#shown.enter("probing");
    this.#judgeFrom = this.#tools.clock.now();
    this.#judgeInTime();
    await this.probe(forward, "final");
    this.#judgeFrom = this.#tools.clock.now();
    this.#judgeInTime();
    this.#shown.enter("scoring");
    const nats = await this.#nats("validation");
    const valBpb = bitsPerByte(nats, validation);
    if (!Number.isFinite(valBpb)) {
      throw trainError("crash", "the score is not finite: the weights diverged", this.#line());
    }
    const chunks = chunkBitsPerByte(nats, validation, CHUNKS);
    const score = { valBpb, chunks, chunkBytes: chunkBytes(validation, CHUNKS) };
    const wanted = typeof wantTest === "function" ? wantTest(score) : wantTest;
    const testBpb = wanted ? bitsPerByte(await this.#nats("test"), test) : undefined;
    const controlNats = (wanted || wantControl) && control !== null ? await this.#nats("control") : null;
    this.#shown.enter("sampling");
    const drawn =
      sampleTokens > 0
        ? await this.ask({
            type: "sample",
            count: sampleTokens,
            seconds: this.#sampleSeconds(),
            seed,
          })
        : { type: "sampled" as const, tokens: new Uint16Array(0) };
    const sample = new TextDecoder().decode(corpus.tokenizer.decode(drawn.tokens));
    return {
      ...score,
      testBpb,
      ...(controlNats && control && { control: onControl(controlNats, control) }),
      sample,
    };
  }

  /** A forward pass with the weights that the engine trained, and the figures of the training. */
  async take({ graph, single, parameters }: Passes) {
    const { weights, ...taken } = await this.ask({ type: "take", parameters });
    return { forward: { graph, single, weights } satisfies Forward, ...taken };
  }

  /** Loads a forward pass into the engine and asks whether it cheats. Throws LabError "invalid" if it does. */
  async probe(forward: Forward, when: keyof typeof PROBE_SECONDS): Promise<void> {
    const weights = forward.weights.buffer as ArrayBuffer;
    await this.ask({ type: "load", forward, ...this.lines }, [weights]);
    const answer = await this.ask({
      type: "probe",
      rehearsal: when === "rehearsal",
      seconds: this.#probeSeconds(when),
    });
    this.#passed(answer);
  }

  /** Asks the engine about the forward pass. An error that names no line gets the line of the forward pass. */
  async ask<T extends Question["type"]>(
    question: Extract<Question, { type: T }>,
    transfer: Transferable[] = [],
  ) {
    try {
      return await this.#tools.engine.ask<T>(question, transfer, (progress) => this.#tell(progress));
    } catch (error) {
      throw placed(error, this.#line());
    }
  }

  /** Ends probes and score that take too long. */
  tick(now: number): void {
    if (now <= this.#judgeBy) return;
    const reason = this.#cutting ? TOO_SLOW_TO_CUT : "too slow to score: the forward pass is too large";
    this.#tools.engine.cancel(trainError("crash", reason, this.#line()));
  }

  /** Stores the probes; a repeated probe replaces its earlier result. Throws LabError "invalid" if one failed. */
  #passed({ probes, line }: { readonly probes: readonly Probe[]; readonly line: number }): void {
    const again = new Set(probes.map(({ name }) => name));
    this.probes = [...this.probes.filter(({ name }) => !again.has(name)), ...probes];
    const failed = probes.find((probe) => !probe.passed);
    if (failed === undefined) return;
    // The line of a node comes unverified from the sandbox: good enough to show.
    throw trainError("invalid", `${failed.name}: ${failed.detail}`, line || this.#line());
  }

  /** Seconds of a probe. A budget in tokens may be spent in a second: its probes get at most 1/100 of its ceiling. */
  #probeSeconds(when: keyof typeof PROBE_SECONDS): number {
    const { budgetTokens = 0, budgetSeconds } = this.#request.arena;
    return budgetTokens > 0 ? Math.min(PROBE_SECONDS[when], budgetSeconds / 100) : PROBE_SECONDS[when];
  }

  /** Seconds of a sample, which only serves the reader: one second, or 1/40 of a short budget. */
  #sampleSeconds(): number {
    return Math.min(1, this.#request.arena.budgetSeconds / 40);
  }

  async #nats(split: "validation" | "test" | "control"): Promise<Float64Array> {
    const { arena, noise = DEFAULT_NOISE } = this.#request;
    const windows = this.#tools[split];
    if (windows === null) throw new LabError("internal", `this study has no ${split} text`);
    const { bytes, starts } = windows;
    // A leak can hide at most log2 V bits per token, those of a uniform guess.
    const textBytes = bytes.reduce((a, b) => a + b, 0);
    const hidden = (Math.log2(arena.vocabSize) * starts.length * arena.seqLen) / Math.max(1, textBytes);
    const answer = await this.ask({ type: "score", split, noise, hidden });
    this.#passed(answer);
    return answer.nats;
  }

  #tell({ doing, done, total }: Extract<EngineMessage, { type: "progress" }>): void {
    if (doing === "cuts" && !this.#cutting) {
      this.#cutting = true;
      this.#judgeInTime();
    }
    this.#shown.progress(DOING[doing], done, total);
  }

  /** Probes and score end in time; the rehearsal, which may cut rows as well, has the trainer's patience. */
  #judgeInTime(): void {
    if (this.#judgeFrom === 0) return;
    const seconds = JUDGE_SECONDS + this.#request.arena.budgetSeconds;
    this.#judgeBy = this.#judgeFrom + 1000 * (this.#cutting ? CUTTING : 1) * seconds;
  }

  /** The line of the forward pass, for errors that name no line. */
  #line() {
    return placesOf(this.#request.source).forward;
  }
}

const TOO_SLOW_TO_CUT =
  "too slow to check: its graph does not prove that it is causal, and cutting every scored row often enough takes too long; nn's own operations can be followed";

/** The error, with the line of the forward pass if it is a "crash" or "invalid" that names no line. */
function placed(error: unknown, line: number): unknown {
  if (!(error instanceof LabError) || (error.code !== "crash" && error.code !== "invalid")) return error;
  return lineOf(error.message) === undefined ? trainError(error.code, error.message, line) : error;
}

function onControl(nats: Float64Array, control: Windows): ControlScore {
  const chunks = chunkBitsPerByte(nats, control, CHUNKS);
  return { bpb: bitsPerByte(nats, control), chunks, chunkBytes: chunkBytes(control, CHUNKS) };
}

/** The engine's activities in words. */
const DOING = {
  rows: "whether rows see each other",
  scoring: "",
  cuts: "scoring, with the later text of scored rows replaced",
} as const;
