// The scorer: trusted, with the held-out text and an engine of its own. It takes a forward pass as data, asks it the
// probes, scores it and lets it speak. It never runs a line of the researcher's.
import { LabError } from "../../error.ts";
import {
  type Computer,
  type Probe,
  type Measurable,
  measureAdapter,
  Pace,
  probeForward,
  sampleTokens,
  scoreWindows,
  type Windows,
} from "../../prepare/index.ts";
import type { ScorerCommand, ScorerMessage } from "../protocol.ts";
import { oneLine } from "../reason.ts";
import type { Measurement } from "../types.ts";
import { firstMoving } from "./first-moving.ts";
import { loadForward, type LoadedForward, type ReadGraph } from "./load.ts";

/** What the scorer needs of the engine. */
export interface ScorerEngine extends Computer, Measurable {
  readonly read: ReadGraph;
  /** Resolves with one line when the device is lost. */
  readonly lost: Promise<string>;
  readonly about: Omit<Measurement, "flopsPerSecond" | "tier">;
}

type Command<T extends ScorerCommand["type"]> = Extract<ScorerCommand, { type: T }>;
type Text = Omit<Command<"text">, "type" | "id">;

/** Tokens of text a sample starts from. */
const PROMPT = 24;
const TEMPERATURE = 0.8;
/** How long [ms] to look for the operation behind a failed probe. */
const CAUSE_MS = 5000;

export class Scorer {
  readonly #open: () => Promise<ScorerEngine>;
  readonly #say: (message: ScorerMessage) => void;
  readonly #now: () => number;
  #engine: ScorerEngine | null = null;
  /** Rejects when the device is lost: no answer may wait for it for ever. */
  #lost = new Promise<never>(() => undefined);
  /** Why the device that held the forward pass is gone. */
  #gone: string | null = null;
  readonly #pace = new Pace();
  #text: Text | null = null;
  #loaded: LoadedForward | null = null;

  constructor(open: () => Promise<ScorerEngine>, say: (message: ScorerMessage) => void, now: () => number) {
    this.#open = open;
    this.#say = say;
    this.#now = now;
  }

  /** Answers one question; whatever goes wrong is an answer too. */
  async answer(command: ScorerCommand): Promise<void> {
    const { id } = command;
    try {
      await this.#ready();
      this.#say(await Promise.race([this.#answer(command), this.#lost]));
    } catch (error) {
      this.#say({ type: "refused", id, ...blame(error, command.type) });
    }
  }

  async #answer(command: ScorerCommand): Promise<ScorerMessage> {
    const { id } = command;
    switch (command.type) {
      case "measure":
        return this.#measure(command);
      case "pace":
        return { type: "paced", id, ms: await this.#pace.measure(await this.#ready(), this.#now) };
      case "text":
        this.#text = command;
        return { type: "done", id };
      case "load":
        await this.#load(command);
        return { type: "done", id };
      case "probe":
        return this.#probe(command);
      case "score":
        return { type: "nats", id, nats: await this.#score(command) };
      case "sample":
        return { type: "sampled", id, tokens: await this.#sample(command) };
    }
  }

  async #measure({ id }: Command<"measure">): Promise<ScorerMessage> {
    const engine = await this.#ready();
    const speed = await measureAdapter(engine, this.#now);
    return { type: "measured", id, ...speed, ...engine.about };
  }

  async #load({ forward, lines }: Command<"load">): Promise<void> {
    const engine = await this.#ready();
    const { seqLen, batch, vocabSize } = this.#held();
    this.#loaded = null;
    engine.reset();
    this.#loaded = loadForward(engine.read, forward, { batch, seqLen, vocabSize }, lines);
  }

  async #probe({ id, seconds, thorough }: Command<"probe">): Promise<ScorerMessage> {
    const engine = await this.#ready();
    const { batch, seqLen, vocabSize, validation } = this.#held();
    const { batch: pass, cuttable } = this.#forward();
    const probes = await probeForward(engine, pass, {
      batch,
      seqLen,
      vocabSize,
      text: validation,
      // Chance, not the lab's seed: nobody can prepare for it.
      seed: crypto.getRandomValues(new Uint32Array(1))[0],
      thorough,
      budgetMs: 1000 * seconds,
      now: this.#now,
      onProgress: (done, total) => this.#say({ type: "progress", id, done, total }),
    });
    return {
      type: "probed",
      id,
      node: await this.#cause(probes.at(-1), cuttable),
      probes: probes.map(({ name, passed, detail }) => ({ name, passed, detail })),
    };
  }

  /** The node of the graph at which it begins to read ahead, -1 when that cannot be said. */
  async #cause(failed: Probe | undefined, cuttable: LoadedForward["cuttable"]): Promise<number> {
    if (failed?.witness === undefined) return -1;
    const engine = await this.#ready();
    const { batch, seqLen } = this.#held();
    const { last, upTo } = cuttable();
    // Nothing more will be asked of this forward pass, and each cut brings its own copy of the weights.
    this.#loaded = null;
    const fresh = (node: number) => {
      engine.reset();
      return upTo(node);
    };
    const until = this.#now() + CAUSE_MS;
    try {
      return await firstMoving(
        engine,
        { last, upTo: fresh },
        failed.witness,
        [batch, seqLen],
        () => this.#now() < until,
      );
    } catch (error) {
      // What is computed on the way may need more memory than the logits do: then there is no line, and still a verdict.
      if (error instanceof LabError && error.code !== "device") return -1;
      throw error;
    }
  }

  async #score({ id, split }: Command<"score">): Promise<Float64Array> {
    const engine = await this.#ready();
    const text = this.#held();
    const tokens = text[split];
    const starts = text[`${split}Starts`];
    const windows: Windows = { starts, seqLen: text.seqLen, bytes: new Float64Array(starts.length) };
    return scoreWindows(engine, this.#forward().batch, tokens, windows, text.batch, (done, total) =>
      this.#say({ type: "progress", id, done, total }),
    );
  }

  async #sample({ count, seconds, seed }: Command<"sample">): Promise<Uint16Array> {
    const engine = await this.#ready();
    const { validation, validationStarts, seqLen } = this.#held();
    // The same beginning for every experiment of a study: its first held-out words.
    const start = validationStarts[0];
    const prompt = validation.slice(start, start + Math.min(PROMPT, seqLen));
    return sampleTokens(engine, this.#forward().single(), {
      prompt,
      count,
      seqLen,
      temperature: TEMPERATURE,
      seed,
      budgetMs: 1000 * seconds,
      now: this.#now,
    });
  }

  async #ready(): Promise<ScorerEngine> {
    if (this.#engine !== null) return this.#engine;
    const engine = await this.#open();
    this.#lost = engine.lost.then((reason) => {
      // The GPU's process takes the trainer's device along: that is one loss, and the next question opens another device.
      this.#engine = null;
      this.#loaded = null;
      this.#gone = reason;
      throw lostError(reason);
    });
    this.#lost.catch(() => undefined); // heard by the question under way
    return (this.#engine = engine);
  }
  #held(): Text {
    if (this.#text === null) throw new LabError("internal", "the scorer has no text yet");
    return this.#text;
  }
  #forward() {
    if (this.#loaded === null && this.#gone !== null) throw lostError(this.#gone);
    if (this.#loaded === null) throw new LabError("internal", "the scorer has no forward pass yet");
    return this.#loaded;
  }
}

function lostError(reason: string): LabError {
  return new LabError("device", `the GPU was lost while scoring: ${reason}`);
}

/** Whose fault an error is, by what was being done: a graph that does not load broke the rules, one that does not fit crashed. */
function blame(
  error: unknown,
  doing: string,
): Pick<Extract<ScorerMessage, { type: "refused" }>, "code" | "reason"> {
  if (!(error instanceof LabError))
    return { code: "internal", reason: `the scorer failed: ${oneLine(String(error))}` };
  const { code } = error;
  const reason = oneLine(error.message);
  if (code === "device" || code === "internal") return { code, reason };
  if (doing === "measure" || doing === "pace" || doing === "text") return { code: "internal", reason };
  if (code === "memory" || code === "limit" || code === "wgsl" || code === "crash")
    return { code: "crash", reason };
  return { code: "invalid", reason };
}
