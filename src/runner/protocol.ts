// Every message between the page, the sandbox frame, the trainer and the scorer: one discriminated union, one check for
// each member. The trainer's are hostile until parsed here; the others are parsed by the same rule.
import { LabError } from "../error.ts";
import type { Probe, StepFigures } from "./types.ts";
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

/** A recorded forward pass, as it leaves the sandbox: data, not code. */
export interface Passes {
  /** RecordedGraph as JSON, for [scoreBatch, SEQ_LEN] tokens. */
  readonly graph: string;
  /** The same for [1, SEQ_LEN], to sample from. */
  readonly single: string;
  /** The numbers of its parameters in the engine's session, in the order of the graph. */
  readonly parameters: Uint32Array;
}

/** The same with the weights that the engine trained. */
export interface Forward extends Omit<Passes, "parameters"> {
  /** All parameters one after the other, in the order of the graph. */
  readonly weights: Float32Array;
}

/** Lab to trainer. */
export type TrainerCommand =
  | {
      readonly type: "init";
      /** The transpiled train.ts, see transpile. */
      readonly code: string;
      readonly seed: number;
      readonly seqLen: number;
      readonly vocabSize: number;
      readonly budgetSeconds: number;
      /** 0: the seconds end the run; else these tokens do. */
      readonly budgetTokens: number;
      readonly scoreBatch: number;
      /** Bytes on the device that may live from step to step. */
      readonly memory: number;
      /** Its end of the engine's session. */
      readonly engine: MessagePort;
    }
  /** The rehearsal's weights were read: train.ts is started afresh. */
  | { readonly type: "again" }
  /** The clock starts. */
  | { readonly type: "begin" };

/** Trainer to lab. */
export type TrainerMessage =
  | { readonly type: "hello" }
  | { readonly type: "beat" }
  /** train.ts has not yielded for a second or more; the loop it is in is at this line. */
  | { readonly type: "busy"; readonly line: number }
  | { readonly type: "compiling"; readonly done: number; readonly total: number }
  | {
      readonly type: "forecast";
      readonly stepMs: number;
      readonly peakBytes: number;
      readonly parameters: number;
      readonly tokensPerStep: number;
    }
  /** For each node of both graphs the line of train.ts that recorded it, 0 where none did. */
  | { readonly type: "lines"; readonly lines: Uint32Array; readonly singleLines: Uint32Array }
  /** What the rehearsal found that goes wrong in silence, with its line and the remedy. */
  | { readonly type: "silent"; readonly words: string }
  | { readonly type: "rehearsed"; readonly passes: Passes }
  /** The module was evaluated afresh and waits in training(model) for the clock. */
  | { readonly type: "ready" }
  | {
      readonly type: "steps";
      readonly step: number;
      readonly seconds: number;
      readonly tokens: number;
      /** seconds, loss, seconds, loss, … */
      readonly points: Float64Array;
      readonly logs: Readonly<Record<string, number>>;
    }
  | { readonly type: "handover"; readonly passes: Passes }
  /** train.ts failed, or the trainer's device did (`device`). */
  | { readonly type: "failed"; readonly device: boolean; readonly message: string; readonly line: number };

/** Lab to scorer: each is answered once, by `id`. */
export type ScorerCommand =
  | { readonly type: "measure"; readonly id: number }
  /** How fast the device is at the moment. */
  | { readonly type: "pace"; readonly id: number }
  | {
      readonly type: "text";
      readonly id: number;
      readonly seqLen: number;
      readonly batch: number;
      readonly vocabSize: number;
      readonly train: Uint16Array;
      readonly validation: Uint16Array;
      readonly validationStarts: Uint32Array;
      readonly test: Uint16Array;
      readonly testStarts: Uint32Array;
      /** Empty in a study without a control text. */
      readonly control: Uint16Array;
      readonly controlStarts: Uint32Array;
    }
  /** A train.ts begins: its steps come through `port`. `tuning`: kernels measured before, a Tuning[] as JSON. */
  | {
      readonly type: "open";
      readonly id: number;
      readonly port: MessagePort;
      readonly tuning: string;
      /** Of the order of its batches. */
      readonly seed: number;
      /** 0: any text; else rows of so many tokens and no more. */
      readonly budgetTokens: number;
      /** How long [ms] the rehearsal may measure kernels of an adapter that is not among them. */
      readonly tuneMs: number;
    }
  /** Its clock starts. */
  | { readonly type: "begin"; readonly id: number; readonly seconds: number }
  /** It may train no more; the values of these parameters are asked for. */
  | { readonly type: "take"; readonly id: number; readonly parameters: Uint32Array }
  /** It is over, whatever it does. */
  | { readonly type: "close"; readonly id: number }
  /** `lines`: the line of train.ts for each node of the passes as far as they were told, for errors. */
  | {
      readonly type: "load";
      readonly id: number;
      readonly forward: Forward;
      readonly lines: Uint32Array;
      readonly singleLines: Uint32Array;
    }
  /** What is asked beside the score; in a rehearsal everything. For `seconds` a kind of question. */
  | { readonly type: "probe"; readonly id: number; readonly rehearsal: boolean; readonly seconds: number }
  | {
      readonly type: "score";
      readonly id: number;
      readonly split: "validation" | "test" | "control";
      /** Leaks worth less [bits per byte] need not be found where causality is not proved. */
      readonly noise: number;
      /** What a leak at every place could hide [bits per byte]. */
      readonly hidden: number;
    }
  | {
      readonly type: "sample";
      readonly id: number;
      readonly count: number;
      readonly seconds: number;
      readonly seed: number;
    };

/** What the scorer asked and saw. */
interface Examined {
  /** The line of train.ts behind a failed probe, 0 when it is not known. */
  readonly line: number;
  readonly probes: readonly Probe[];
}

/** Scorer to lab. */
export type ScorerMessage =
  | { readonly type: "alive" }
  | {
      readonly type: "progress";
      readonly id: number;
      /** "rows": whether rows see each other; "cuts": scoring, and cutting scored rows. */
      readonly doing: "rows" | "scoring" | "cuts";
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: "measured";
      readonly id: number;
      readonly flopsPerSecond: number;
      readonly tier: "software" | "integrated" | "laptop" | "desktop";
      readonly vendor: string;
      readonly architecture: string;
      readonly description: string;
      readonly software: boolean;
      readonly features: readonly string[];
    }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "opened"; readonly id: number; readonly device: string; readonly memory: number }
  /** What was trained: steps, their tokens, seconds of the clock when the last was finished, and how late [ms] that was. */
  | {
      readonly type: "taken";
      readonly id: number;
      readonly weights: Float32Array;
      readonly steps: number;
      readonly tokens: number;
      readonly seconds: number;
      readonly lateMs: number;
      /** What the rehearsal measured of the adapter, a Tuning as JSON, and where its step goes; null where nothing was. */
      readonly tuning: string | null;
      readonly step: StepFigures | null;
    }
  /** The budget is spent: said without being asked. */
  | { readonly type: "spent" }
  /** The sandbox broke the rules of the session: said without being asked. */
  | { readonly type: "violated"; readonly reason: string }
  | { readonly type: "paced"; readonly id: number; readonly ms: number }
  | ({ readonly type: "probed"; readonly id: number } & Examined)
  /** Nats of each window; those of a forward pass that failed a probe are not to be used. */
  | ({ readonly type: "scored"; readonly id: number; readonly nats: Float64Array } & Examined)
  | { readonly type: "sampled"; readonly id: number; readonly tokens: Uint16Array }
  /** `code` says whose fault: "invalid" the forward pass's, "crash" its weights', "device" and "internal" the lab's. */
  | {
      readonly type: "refused";
      readonly id: number;
      readonly code: "invalid" | "crash" | "device" | "internal";
      readonly reason: string;
    };

/** Main thread, sandbox frame and lab worker. */
export type FrameMessage =
  | { readonly type: "open-frame"; readonly id: number }
  | { readonly type: "close-frame"; readonly id: number }
  /** With the trainer's port. */
  | { readonly type: "frame"; readonly id: number }
  | { readonly type: "frame-failed"; readonly id: number; readonly reason: string };

export type Message = TrainerCommand | TrainerMessage | ScorerCommand | ScorerMessage | FrameMessage;

type Checks<M extends Message> = {
  readonly [K in M["type"]]: {
    readonly [F in keyof Extract<M, { type: K }>]: Field<Extract<M, { type: K }>[F]>;
  };
};

const MAX_TOKENS = 2 ** 30;
/** 1 GiB of parameters: more crosses no realm in reasonable time. */
export const MAX_WEIGHTS = 2 ** 28;
export const MAX_GRAPH = 16_000_000;
export const MAX_POINTS = 4096;
/** Kernels of a profile: a step of the seed has about thirty labels. */
export const MAX_KERNELS = 32;
/** As many nodes as a graph may have. */
export const MAX_LINES = 20_000;

/** Characters of what was measured of one adapter, and of all adapters a study ran on. */
const MAX_TUNING = 50_000;
const MAX_TUNINGS = 1_000_000;

const count = integer(0, Number.MAX_SAFE_INTEGER);
const id = integer(0, 2 ** 31);
const seconds = finite(0, 1e6);
const line = integer(0, 1_000_000);
const words = text(300);
const tokens = view(Uint16Array, "Uint16Array", MAX_TOKENS);
const starts = view(Uint32Array, "Uint32Array", MAX_TOKENS);
const lines = view(Uint32Array, "Uint32Array", MAX_LINES);
const probes = list(shape<Probe>({ name: words, passed: flag, detail: text(400) }), 16);
const orNull =
  <T>(field: Field<T>): Field<T | null> =>
  (value, path) =>
    value === null ? null : field(value, path);
const is = <const T extends string>(name: T): Field<T> => oneOf(name);

const parameters = view(Uint32Array, "Uint32Array", 10_000);
const weights = view(Float32Array, "Float32Array", MAX_WEIGHTS);
const graphs = { graph: text(MAX_GRAPH), single: text(MAX_GRAPH) };
const passes: Field<Passes> = shape<Passes>({ ...graphs, parameters });
const forward: Field<Forward> = shape<Forward>({ ...graphs, weights });
const port: Field<MessagePort> = (value, path) =>
  value instanceof MessagePort ? value : reject(path, value, "a port");

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

const TRAINER_COMMANDS: Checks<TrainerCommand> = {
  init: {
    type: is("init"),
    code: text(2_000_000),
    seed: integer(0, Number.MAX_SAFE_INTEGER),
    seqLen: integer(2, 65_536),
    vocabSize: integer(2, 65_536),
    budgetSeconds: seconds,
    budgetTokens: count,
    scoreBatch: integer(1, 4096),
    memory: count,
    engine: port,
  },
  again: { type: is("again") },
  begin: { type: is("begin") },
};

const TRAINER_MESSAGES: Checks<TrainerMessage> = {
  hello: { type: is("hello") },
  beat: { type: is("beat") },
  busy: { type: is("busy"), line },
  compiling: { type: is("compiling"), done: integer(0, 100_000), total: integer(0, 100_000) },
  forecast: {
    type: is("forecast"),
    stepMs: finite(0, 1e9),
    peakBytes: count,
    parameters: count,
    tokensPerStep: count,
  },
  lines: { type: is("lines"), lines, singleLines: lines },
  silent: { type: is("silent"), words: text(1_000) },
  rehearsed: { type: is("rehearsed"), passes },
  ready: { type: is("ready") },
  steps: {
    type: is("steps"),
    step: count,
    seconds,
    tokens: count,
    points: view(Float64Array, "Float64Array", 2 * MAX_POINTS),
    logs: record(number, 64),
  },
  handover: { type: is("handover"), passes },
  failed: { type: is("failed"), device: flag, message: text(2000), line },
};

const SCORER_COMMANDS: Checks<ScorerCommand> = {
  measure: { type: is("measure"), id },
  pace: { type: is("pace"), id },
  text: {
    type: is("text"),
    id,
    seqLen: integer(2, 65_536),
    batch: integer(1, 4096),
    vocabSize: integer(2, 65_536),
    train: tokens,
    validation: tokens,
    validationStarts: starts,
    test: tokens,
    testStarts: starts,
    control: tokens,
    controlStarts: starts,
  },
  open: {
    type: is("open"),
    id,
    port,
    tuning: text(MAX_TUNINGS),
    seed: integer(0, Number.MAX_SAFE_INTEGER),
    budgetTokens: count,
    tuneMs: finite(0, 10_000),
  },
  begin: { type: is("begin"), id, seconds },
  take: { type: is("take"), id, parameters },
  close: { type: is("close"), id },
  load: { type: is("load"), id, forward, lines, singleLines: lines },
  probe: { type: is("probe"), id, rehearsal: flag, seconds },
  score: {
    type: is("score"),
    id,
    split: oneOf("validation", "test", "control"),
    noise: finite(0, 100),
    hidden: finite(0, 1000),
  },
  sample: {
    type: is("sample"),
    id,
    count: integer(0, 4096),
    seconds,
    seed: integer(0, Number.MAX_SAFE_INTEGER),
  },
};

const SCORER_MESSAGES: Checks<ScorerMessage> = {
  alive: { type: is("alive") },
  progress: { type: is("progress"), id, doing: oneOf("rows", "scoring", "cuts"), done: count, total: count },
  measured: {
    type: is("measured"),
    id,
    flopsPerSecond: finite(0, 1e18),
    tier: oneOf("software", "integrated", "laptop", "desktop"),
    vendor: words,
    architecture: words,
    description: words,
    software: flag,
    features: list(words, 100),
  },
  done: { type: is("done"), id },
  opened: { type: is("opened"), id, device: words, memory: count },
  taken: {
    type: is("taken"),
    id,
    weights,
    steps: count,
    tokens: count,
    seconds: finite(-1e6, 1e6),
    lateMs: finite(-1e9, 1e9),
    tuning: orNull(text(MAX_TUNING)),
    step: orNull(step),
  },
  spent: { type: is("spent") },
  violated: { type: is("violated"), reason: text(2000) },
  paced: { type: is("paced"), id, ms: finite(0, 1e9) },
  probed: { type: is("probed"), id, line, probes },
  scored: { type: is("scored"), id, nats: view(Float64Array, "Float64Array", MAX_TOKENS), line, probes },
  sampled: { type: is("sampled"), id, tokens: view(Uint16Array, "Uint16Array", 65_536) },
  refused: {
    type: is("refused"),
    id,
    code: oneOf("invalid", "crash", "device", "internal"),
    reason: text(2000),
  },
};

const FRAME_MESSAGES: Checks<FrameMessage> = {
  "open-frame": { type: is("open-frame"), id },
  "close-frame": { type: is("close-frame"), id },
  frame: { type: is("frame"), id },
  "frame-failed": { type: is("frame-failed"), id, reason: text(2000) },
};

function parser<M extends Message>(checks: Checks<M>, who: string): (value: unknown) => M {
  const shapes = new Map<unknown, Field<M>>(
    Object.entries(checks).map(([type, fields]) => [type, shape<M>(fields as never)]),
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

/** Each throws LabError "protocol" on anything that is not exactly a message of its sender. */
export const parseTrainerCommand = parser<TrainerCommand>(TRAINER_COMMANDS, "lab");
export const parseTrainerMessage = parser<TrainerMessage>(TRAINER_MESSAGES, "trainer");
export const parseScorerCommand = parser<ScorerCommand>(SCORER_COMMANDS, "lab");
export const parseScorerMessage = parser<ScorerMessage>(SCORER_MESSAGES, "scorer");
export const parseFrameMessage = parser<FrameMessage>(FRAME_MESSAGES, "frame");
