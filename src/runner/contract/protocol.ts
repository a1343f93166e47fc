// Every message between the page, the sandbox frame, the trainer and the engine, as checks of its fields; the types
// follow from the checks. Messages of the trainer are hostile until they are parsed here; the others are parsed in the
// same way.
import { LabError } from "../../error.ts";
import {
  type Field,
  finite,
  flag,
  integer,
  list,
  number,
  oneOf,
  record,
  reject,
  shape,
  text,
  view,
} from "./fields.ts";
import type { Probe, StepFigures } from "./types.ts";

const MAX_TOKENS = 2 ** 30;
/** 1 GiB of parameters: more takes too long between realms. */
export const MAX_WEIGHTS = 2 ** 28;
export const MAX_GRAPH = 16_000_000;
export const MAX_POINTS = 4096;
/** Kernels of a profile: a step of the seed has about thirty labels. */
export const MAX_KERNELS = 32;
/** Steps of a run that may be recorded whole. */
export const MAX_RECORDED = 200_000;
/** Largest number of nodes of a graph. */
export const MAX_LINES = 20_000;

/** Characters of the tuning of one adapter, and of all adapters of a study. */
const MAX_TUNING = 50_000;
const MAX_TUNINGS = 1_000_000;

const count = integer(0, Number.MAX_SAFE_INTEGER);
const id = integer(0, 2 ** 31);
const seed = integer(0, Number.MAX_SAFE_INTEGER);
const seqLen = integer(2, 65_536);
const vocabSize = integer(2, 65_536);
const batch = integer(1, 4096);
const seconds = finite(0, 1e6);
const line = integer(0, 1_000_000);
const words = text(300);
const reason = text(2000);
const tokens = view(Uint16Array, "Uint16Array", MAX_TOKENS);
const starts = view(Uint32Array, "Uint32Array", MAX_TOKENS);
/** The line of train.ts that recorded each node; 0: none. */
const lines = view(Uint32Array, "Uint32Array", MAX_LINES);
const probes = list(shape<Probe>({ name: words, passed: flag, detail: text(400) }), 16);
const orNull =
  <T>(field: Field<T>): Field<T | null> =>
  (value, path) =>
    value === null ? null : field(value, path);
const port: Field<MessagePort> = (value, path) =>
  value instanceof MessagePort ? value : reject(path, value, "a port");

/** Numbers of parameters in the engine's session. */
const parameters = view(Uint32Array, "Uint32Array", 10_000);
/** Digests of steps, two words each; empty: none. */
const trail = view(Uint32Array, "Uint32Array", 2 * MAX_RECORDED);
const weights = view(Float32Array, "Float32Array", MAX_WEIGHTS);
/** RecordedGraphs as JSON: for [scoreBatch, SEQ_LEN] tokens, and for [1, SEQ_LEN], to sample from. */
const graphs = { graph: text(MAX_GRAPH), single: text(MAX_GRAPH) };
/** A recorded forward pass, as it leaves the sandbox: data, not code. `parameters` are in the order of the graph. */
const passes = shape({ ...graphs, parameters });
/** The same with the trained weights: all parameters one after the other, in the order of the graph. */
const forward = shape({ ...graphs, weights });

const step: Field<StepFigures> = shape<StepFigures>({
  kernels: list(
    shape({ label: text(100), file: text(100), ms: finite(0, 1e9), count, flops: count, bytes: count }),
    MAX_KERNELS,
  ),
  modelFlops: count,
  memory: shape({
    parameters: count,
    state: count,
    kept: count,
    activations: count,
    peak: count,
    limit: count,
  }),
});

const TRAINER_COMMANDS = {
  init: {
    /** The transpiled train.ts, see transpile. */
    code: text(2_000_000),
    seed,
    seqLen,
    vocabSize,
    budgetSeconds: seconds,
    /** The run ends after these tokens; 0: after its seconds. */
    budgetTokens: count,
    scoreBatch: batch,
    /** Bytes on the device that may live from step to step. */
    memory: count,
    /** The trainer's end of the engine's session. */
    engine: port,
    /** Records a whole run whose steps take this long [ms], while nothing computes them; 0: rehearses and trains. */
    recordMs: finite(0, 1e6),
    /** A step took this long [ms] in an earlier rehearsal, which this run does not repeat; 0: it has none. */
    rehearsedMs: finite(0, 1e9),
  },
  /** The weights of the rehearsal were read: train.ts is evaluated again. */
  again: {},
  /** The clock starts. */
  begin: {},
};

const TRAINER_MESSAGES = {
  hello: {},
  beat: {},
  /** train.ts has not yielded for a second or more; the loop it is in is at this line. */
  busy: { line },
  compiling: { done: integer(0, 100_000), total: integer(0, 100_000) },
  forecast: { stepMs: finite(0, 1e9), peakBytes: count, parameters: count, tokensPerStep: count },
  lines: { lines, singleLines: lines },
  /** A fault of training without an error that the rehearsal found, with its line and the remedy. */
  silent: { words: text(1_000) },
  rehearsed: { passes },
  /** The module was evaluated again and waits in training(model) for the clock. */
  ready: {},
  steps: {
    step: count,
    seconds,
    tokens: count,
    /** seconds, loss, seconds, loss, … */
    points: view(Float64Array, "Float64Array", 2 * MAX_POINTS),
    logs: record(number, 64),
  },
  handover: { passes },
  /** train.ts failed, or the engine's device did (`device`). */
  failed: { device: flag, message: reason, line },
};

/** Each has one answer, with the same `id`. */
const ENGINE_COMMANDS = {
  measure: { id },
  /** The present speed of the device. */
  pace: { id },
  text: {
    id,
    seqLen,
    batch,
    vocabSize,
    train: tokens,
    validation: tokens,
    validationStarts: starts,
    test: tokens,
    testStarts: starts,
    /** Empty in a study without a control text. */
    control: tokens,
    controlStarts: starts,
  },
  /** Starts the session of a train.ts: its steps come through `port`. */
  open: {
    id,
    port,
    /** Kernels measured before, a Tuning[] as JSON. */
    tuning: text(MAX_TUNINGS),
    /** Seed of the order of its batches. */
    seed,
    /** The run reads rows of exactly this many tokens; 0: no limit. */
    budgetTokens: count,
    /** How long [ms] the rehearsal may measure kernels of an adapter that is not among them. */
    tuneMs: finite(0, 10_000),
    /** An earlier rehearsal serves: train.ts waits for the clock from its first evaluation on. */
    rehearsed: flag,
  },
  /** The clock of the session starts. */
  begin: { id, seconds },
  /** Ends training and reads the values of these parameters. */
  take: { id, parameters },
  /** Ends the session. */
  close: { id },
  /** What the engine knows of the rehearsal with these forward passes. */
  digest: { id, ...graphs, parameters },
  /** Starts a session beside it that records and computes nothing; it ends at the first step beside the `expected` ones. */
  record: { id, port, expected: trail },
  /** Ends it. */
  recorded: { id, ...graphs, parameters },
  /** `lines` and `singleLines` belong to the two graphs, as far as the trainer sent them; for errors. */
  load: { id, forward, lines, singleLines: lines },
  /** The probes beside the score; in a rehearsal all probes. Each kind may take `seconds`. */
  probe: { id, rehearsal: flag, seconds },
  score: {
    id,
    split: oneOf("validation", "test", "control"),
    /** Leaks worth less [bits per byte] need not be found where causality is not proved. */
    noise: finite(0, 100),
    /** The most that a leak at every position could hide [bits per byte]. */
    hidden: finite(0, 1000),
  },
  sample: { id, count: integer(0, 4096), seconds, seed },
  /** A sample of the growing model between two steps of the session, whose clock stands still for it. */
  glimpse: { id, single: graphs.single, parameters, count: integer(0, 4096), seconds, seed },
};

const tier = oneOf("software", "integrated", "laptop", "desktop");
/** The probes, and the line of train.ts behind a failed one, 0 when it is not known. */
const examined = { line, probes };

const ENGINE_MESSAGES = {
  alive: {},
  /** "rows": whether rows see each other; "cuts": scoring, and cutting scored rows. */
  progress: { id, doing: oneOf("rows", "scoring", "cuts"), done: count, total: count },
  measured: {
    id,
    flopsPerSecond: finite(0, 1e18),
    tier,
    vendor: words,
    architecture: words,
    description: words,
    software: flag,
    features: list(words, 100),
  },
  done: { id },
  opened: { id, device: words, memory: count },
  taken: {
    id,
    weights,
    steps: count,
    tokens: count,
    /** Seconds of the clock at the end of the last step. */
    seconds: finite(-1e6, 1e6),
    /** How long after the end of the budget the last step ended [ms]. */
    lateMs: finite(-1e9, 1e9),
    /** Where the time of a step goes; null: not measured. */
    step: orNull(step),
  },
  rehearsal: {
    id,
    /** "": there is none. */
    digest: text(16),
    /** Its measurement of the adapter, a Tuning as JSON; null: none was made. */
    tuning: orNull(text(MAX_TUNING)),
    /** The probes that these forward passes passed in an earlier rehearsal; null: they were not probed yet. */
    known: orNull(probes),
  },
  /** Of a recording. "": there is none. */
  digested: { id, digest: text(16), trail },
  /** Without a command: the budget is spent. */
  spent: {},
  /** Without a command: the sandbox broke the rules of the session. */
  violated: { reason },
  /** Without a command: the connection to an engine elsewhere has ended. */
  lost: { reason },
  paced: { id, ms: finite(0, 1e9) },
  probed: { id, ...examined },
  /** Nats of each window; meaningless if a probe failed. */
  scored: { id, nats: view(Float64Array, "Float64Array", MAX_TOKENS), ...examined },
  sampled: { id, tokens: view(Uint16Array, "Uint16Array", 65_536) },
  /** `pausedMs`: how long the clock stood still; 0: no step came, and there is no sample. */
  glimpsed: { id, tokens: view(Uint16Array, "Uint16Array", 65_536), pausedMs: finite(0, 1e9) },
  /** `code` is the party at fault: "invalid" and "crash" train.ts, "device" and "internal" the lab. */
  refused: { id, code: oneOf("invalid", "crash", "device", "internal"), reason },
};

/** Main thread, sandbox frame and lab worker. */
const FRAME_MESSAGES = {
  "open-frame": { id, script: oneOf("trainer", "realm") },
  "close-frame": { id },
  /** With the port of the script inside. */
  frame: { id },
  "frame-failed": { id, reason },
};

type Checks = Readonly<Record<string, Readonly<Record<string, Field<unknown>>>>>;
type Checked<F> = F extends Field<infer T> ? T : never;
type MessageOf<C extends Checks> = {
  [K in keyof C & string]: {
    readonly [F in keyof C[K] | "type"]: F extends keyof C[K] ? Checked<C[K][F]> : K;
  };
}[keyof C & string];

export type Passes = Checked<typeof passes>;
export type Forward = Checked<typeof forward>;
/** Lab to trainer. */
export type TrainerCommand = MessageOf<typeof TRAINER_COMMANDS>;
/** Trainer to lab. */
export type TrainerMessage = MessageOf<typeof TRAINER_MESSAGES>;
/** Lab to engine. */
export type EngineCommand = MessageOf<typeof ENGINE_COMMANDS>;
/** Engine to lab. */
export type EngineMessage = MessageOf<typeof ENGINE_MESSAGES>;
export type FrameMessage = MessageOf<typeof FRAME_MESSAGES>;

function parser<C extends Checks>(checks: C, who: string): (value: unknown) => MessageOf<C> {
  const shapes = new Map<unknown, Field<MessageOf<C>>>(
    Object.entries(checks).map(([type, fields]) => [
      type,
      shape<MessageOf<C>>({ type: oneOf(type), ...fields } as never),
    ]),
  );
  return (value) => {
    const type: unknown =
      value !== null && typeof value === "object" && "type" in value ? value.type : undefined;
    const check = shapes.get(type);
    if (check === undefined) {
      const got = typeof type === "string" ? `"${type.slice(0, 40)}"` : typeof type;
      throw new LabError("protocol", { what: `${who}: message type`, got, expected: "one of the protocol" });
    }
    return check(value, `${who} ${type}`);
  };
}

/** Parsers: each throws LabError "protocol" on anything but a message of its sender. */
export const parseTrainerCommand = parser(TRAINER_COMMANDS, "lab");
export const parseTrainerMessage = parser(TRAINER_MESSAGES, "trainer");
export const parseEngineCommand = parser(ENGINE_COMMANDS, "lab");
export const parseEngineMessage = parser(ENGINE_MESSAGES, "engine");
export const parseFrameMessage = parser(FRAME_MESSAGES, "frame");
