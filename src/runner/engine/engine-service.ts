// The engine as a service that answers commands: trusted, with the held-out text and the device. It opens sessions that
// train; it takes a forward pass as data, probes it, scores it and samples from it. It never runs a line of train.ts.
import { LabError } from "../../error.ts";
import { Memo } from "../../memo.ts";
import {
  type Computer,
  DeviceSpeed,
  type ForwardPass,
  type Measurable,
  measureAdapter,
  sampleTokens,
  seededRandom,
} from "../../prepare/index.ts";
import type { EngineCommand, EngineMessage } from "../contract/protocol.ts";
import { oneLine } from "../contract/reason.ts";
import type { Measurement, Probe, StepFigures } from "../contract/types.ts";
import { digestOf } from "../../digest.ts";
import { Examination, type Examined, type HeldOut } from "./examination.ts";
import { RunBatches } from "./run-batches.ts";
import { type SessionEngine, TrainingSession } from "./training-session.ts";
import { DigestSession } from "./digest-session.ts";
import { loadForward, type ReadGraph } from "./load.ts";

/** The parts of nn's engine that the service needs. */
export interface ComputeEngine extends Computer, Measurable {
  readonly read: ReadGraph;
  /** Resolves with one line when the device is lost. */
  readonly lost: Promise<string>;
  readonly about: Omit<Measurement, "flopsPerSecond" | "tier">;
  /** An engine for a train.ts, on the same device, with memory of its own. `tuning`: a Tuning[] as JSON. */
  beside(tuning: string): SessionEngine;
}

type Command<T extends EngineCommand["type"]> = Extract<EngineCommand, { type: T }>;
type Text = Omit<Command<"text">, "type" | "id">;

/** Tokens of text a sample starts from. */
const PROMPT = 24;
const TEMPERATURE = 0.8;
/** Structures whose rehearsal is remembered. */
const MOST_KNOWN = 200;

export class EngineService {
  readonly #open: () => Promise<ComputeEngine>;
  readonly #say: (message: EngineMessage) => void;
  readonly #now: () => number;
  #engine: ComputeEngine | null = null;
  /** Rejects when the device is lost, so that no answer waits for it forever. */
  #lost = new Promise<never>(() => undefined);
  /** Why the device that held the forward pass is gone. */
  #gone: string | null = null;
  readonly #pace = new DeviceSpeed();
  #text: Text | null = null;
  #loaded: Examination | null = null;
  /** The probes of graphs that passed a rehearsal, by the digest of the graphs. */
  readonly #rehearsed = new Memo<readonly Probe[]>(MOST_KNOWN);
  /** The profiles of training steps, by the digest of the step. */
  readonly #profiles = new Memo<StepFigures>(MOST_KNOWN);
  /** The graphs of `#loaded`, as JSON. */
  #graphs: readonly string[] = [];
  #session: TrainingSession | null = null;
  #recording: DigestSession | null = null;
  /** The question under way. */
  #asked = 0;
  #leftAt = -1;

  constructor(open: () => Promise<ComputeEngine>, say: (message: EngineMessage) => void, now: () => number) {
    this.#open = open;
    this.#say = say;
    this.#now = now;
  }

  /** Nobody waits for the answer to the question under way. */
  leave(): void {
    this.#leftAt = this.#asked;
  }

  /** Answers one question; every error becomes an answer too. */
  async answer(command: EngineCommand): Promise<void> {
    const { id } = command;
    this.#asked = id;
    try {
      await this.#ready();
      this.#say(await Promise.race([this.#answer(command), this.#lost]));
    } catch (error) {
      this.#say({ type: "refused", id, ...blame(error, command.type) });
    }
  }

  async #answer(command: EngineCommand): Promise<EngineMessage> {
    const { id } = command;
    switch (command.type) {
      case "measure":
        return this.#measure(command);
      case "pace":
        return { type: "paced", id, ms: await this.#pace.measure(await this.#ready(), this.#now) };
      case "text":
        this.#text = command;
        return { type: "done", id };
      case "open":
        return this.#openSession(command);
      case "begin":
        this.#training().begin(command.seconds);
        return { type: "done", id };
      case "take":
        return { type: "taken", id, ...(await this.#training().take(command.parameters)) };
      case "close":
        this.#session?.close();
        this.#session = null;
        return { type: "done", id };
      case "digest":
        return this.#rehearsal(command);
      case "record": {
        this.#recording?.close();
        this.#recording = new DigestSession(command.port, this.#held().seqLen, command.expected);
        return { type: "done", id };
      }
      case "recorded":
        return this.#recorded(command);
      case "load":
        await this.#load(command);
        return { type: "done", id };
      case "probe":
        return this.#probe(command);
      case "score":
        return this.#score(command);
      case "sample":
        return {
          type: "sampled",
          id,
          tokens: await this.#write(this.#examination().single(), command),
        };
      case "glimpse":
        return this.#glimpse(command);
    }
  }

  async #measure({ id }: Command<"measure">): Promise<EngineMessage> {
    const engine = await this.#ready();
    const speed = await measureAdapter(engine, this.#now);
    return { type: "measured", id, ...speed, ...engine.about };
  }

  async #openSession(command: Command<"open">): Promise<EngineMessage> {
    const { id, port, tuning, seed, budgetTokens, tuneMs, rehearsed } = command;
    const { about, beside } = await this.#ready();
    const { train, seqLen, vocabSize } = this.#held();
    this.#session?.close();
    const engine = beside(tuning);
    this.#session = new TrainingSession(engine, port, {
      now: this.#now,
      tuneMs,
      rehearsed,
      profiles: this.#profiles,
      batches: new RunBatches(train, { seqLen, vocabSize, seed, budgetTokens }),
      spent: () => this.#say({ type: "spent" }),
      violated: (reason) => this.#say({ type: "violated", reason }),
    });
    const { vendor, architecture, description } = about;
    const device = oneLine([vendor, architecture, description].filter((part) => part !== "").join(" "), 200);
    return { type: "opened", id, device, memory: engine.memory().limit };
  }

  async #rehearsal({ id, graph, single, parameters }: Command<"digest">): Promise<EngineMessage> {
    const session = this.#training();
    const digest = session.digest([graph, single], parameters) ?? "";
    const known = this.#rehearsed.find(await digestOf([graph, single])) ?? null;
    return { type: "rehearsal", id, digest, tuning: session.tuned(), known: known && [...known] };
  }

  #recorded({ id, graph, single, parameters }: Command<"recorded">): EngineMessage {
    const recording = this.#recording;
    this.#recording = null;
    recording?.close();
    const none = { digest: "", trail: new Uint32Array() };
    return { type: "digested", id, ...(recording?.end([graph, single], parameters) ?? none) };
  }

  #training(): TrainingSession {
    if (this.#session === null && this.#gone !== null) throw lostError(this.#gone);
    if (this.#session === null) throw new LabError("internal", "the engine has no session");
    return this.#session;
  }

  async #load({ forward, lines, singleLines }: Command<"load">): Promise<void> {
    const engine = await this.#ready();
    const { seqLen, batch, vocabSize } = this.#held();
    this.#loaded = null;
    engine.reset();
    this.#graphs = [forward.graph, forward.single];
    const loaded = loadForward(engine.read, forward, { batch, seqLen, vocabSize }, { lines, singleLines });
    this.#loaded = new Examination(loaded, {
      engine,
      seqLen,
      vocabSize,
      random: seededRandom(secret()),
      now: this.#now,
      tell: (doing, done, total) => {
        if (this.#asked === this.#leftAt)
          throw new LabError("cancelled", "the caller no longer waits for this answer");
        this.#say({ type: "progress", id: this.#asked, doing, done, total });
      },
    });
  }

  async #probe({ id, rehearsal, seconds }: Command<"probe">): Promise<EngineMessage> {
    const examination = this.#examination();
    const text = this.#heldOut("validation");
    const ms = 1000 * seconds;
    if (!rehearsal) return { type: "probed", id, ...plain(await examination.probe(text, ms)) };
    // A rehearsal looks for faults of the graphs. The faults of weights end the score of the trained ones.
    const key = await digestOf(this.#graphs);
    const known = this.#rehearsed.find(key);
    if (known !== undefined) return { type: "probed", id, probes: [...known], line: 0 };
    const examined = plain(await examination.rehearse(text, ms));
    if (examined.probes.every(({ passed }) => passed)) this.#rehearsed.put(key, examined.probes);
    return { type: "probed", id, ...examined };
  }

  async #score({ id, split, noise, hidden }: Command<"score">): Promise<EngineMessage> {
    // Draws only on the split that decides the verdict: a leak pays nowhere else.
    const found = split === "validation" ? { noise, hidden } : null;
    const { nats, ...examined } = await this.#examination().score(this.#heldOut(split), found);
    return { type: "scored", id, nats, ...plain(examined) };
  }

  /** What the model of the session writes now: nothing if it has other parameters than in its rehearsal. */
  async #glimpse(command: Command<"glimpse">): Promise<EngineMessage> {
    const { id, single, parameters } = command;
    const engine = await this.#ready();
    const { seqLen, vocabSize } = this.#held();
    let tokens: Uint16Array<ArrayBufferLike> = new Uint16Array();
    const pausedMs = await this.#training().glimpse(async (read) => {
      try {
        const forward = { graph: single, single, weights: await read(parameters) };
        const loaded = loadForward(engine.read, forward, { batch: 1, seqLen, vocabSize });
        this.#loaded = null;
        engine.reset();
        tokens = await this.#write(loaded.single.make(), command);
      } catch (error) {
        if (!(error instanceof LabError) || error.code === "device") throw error;
      }
    });
    return { type: "glimpsed", id, tokens, pausedMs };
  }

  async #write(
    pass: ForwardPass,
    { count, seconds, seed }: Pick<Command<"sample">, "count" | "seconds" | "seed">,
  ): Promise<Uint16Array> {
    const engine = await this.#ready();
    const { validation, validationStarts, seqLen } = this.#held();
    // The same prompt for every experiment of a study: the start of its held-out text.
    const start = validationStarts[0];
    const prompt = validation.slice(start, start + Math.min(PROMPT, seqLen));
    return sampleTokens(engine, pass, {
      prompt,
      count,
      seqLen,
      temperature: TEMPERATURE,
      seed,
      budgetMs: 1000 * seconds,
      now: this.#now,
    });
  }

  #heldOut(split: "validation" | "test" | "control"): HeldOut {
    const text = this.#held();
    return { tokens: text[split], starts: text[`${split}Starts`] };
  }

  async #ready(): Promise<ComputeEngine> {
    if (this.#engine !== null) return this.#engine;
    const engine = await this.#open();
    this.#lost = engine.lost.then((reason) => {
      // The session shares this device, so both are lost at once; the next question opens another device.
      this.#engine = null;
      this.#loaded = null;
      this.#session = null;
      this.#gone = reason;
      throw lostError(reason);
    });
    this.#lost.catch(() => undefined); // the question under way handles it
    return (this.#engine = engine);
  }
  #held(): Text {
    if (this.#text === null) throw new LabError("internal", "the engine has no text yet");
    return this.#text;
  }
  #examination(): Examination {
    if (this.#loaded === null && this.#gone !== null) throw lostError(this.#gone);
    if (this.#loaded === null) throw new LabError("internal", "the engine has no forward pass yet");
    return this.#loaded;
  }
}

/** A random seed of 53 bits, independent of the lab's seed, so that no train.ts can predict the probes. */
function secret(): number {
  const [low, high] = crypto.getRandomValues(new Uint32Array(2));
  return (high >>> 11) * 2 ** 32 + low;
}

function plain({ probes, line }: Examined) {
  return {
    line,
    probes: probes.map(({ name, passed, detail }) => ({ name, passed, detail: oneLine(detail) })),
  };
}

function lostError(reason: string): LabError {
  return new LabError("device", `the GPU was lost while scoring: ${reason}`);
}

/** The party at fault, as an error code: a graph that does not load is "invalid", one that does not fit is "crash". */
function blame(
  error: unknown,
  doing: string,
): Pick<Extract<EngineMessage, { type: "refused" }>, "code" | "reason"> {
  if (!(error instanceof LabError))
    return { code: "internal", reason: `the engine failed: ${oneLine(String(error))}` };
  const { code } = error;
  const reason = oneLine(error.message);
  if (code === "device" || code === "internal") return { code, reason };
  if (doing === "measure" || doing === "pace" || doing === "text") return { code: "internal", reason };
  if (code === "memory" || code === "limit" || code === "wgsl" || code === "crash")
    return { code: "crash", reason };
  return { code: "invalid", reason };
}
