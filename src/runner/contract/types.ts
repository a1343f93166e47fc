// The types of one run: the request, its events, its figures and its result.
import type { MemoryUse, Tuning } from "../../nn/index.ts";
import type { Arena, Tokenizer } from "../../prepare/index.ts";

/** The parts of a corpus that a run needs; prepare's Corpus has them. */
export interface RunCorpus {
  readonly manifest: { readonly hash: string };
  readonly tokenizer: Tokenizer;
  readonly train: Uint16Array;
  readonly validation: Uint16Array;
  readonly test: Uint16Array;
}

/** One execution of one train.ts with one seed. */
export interface RunRequest {
  readonly id: string;
  /** The text of train.ts, TypeScript. */
  readonly source: string;
  readonly arena: Arena;
  /** The lab's seed: it determines the initial weights and the order of the batches. */
  readonly seed: number;
  readonly corpus: RunCorpus;
  /** Score the hidden test split and the control text too; a function decides when the validation score is known. */
  readonly wantTest?: boolean | ((score: Judged) => boolean);
  /** Score the control text for any score: a run that others are compared with needs it. Default false. */
  readonly wantControl?: boolean;
  /** Kernels as measured before. An adapter that is not among them is measured in the rehearsal of a run. */
  readonly tuning?: readonly Tuning[];
  /**
   * Standard deviation of the score over seeds [bits per byte], where the study has measured it: the engine must find
   * any leak worth more. Default `DEFAULT_NOISE`.
   */
  readonly noise?: number;
  /**
   * The experiment of this study whose rehearsal had this digest under the same seed, or null. A run that can only repeat it
   * ends after its rehearsal as "equal".
   */
  readonly earlier?: (digest: string) => Earlier | null;
  /**
   * train.ts is the lab's own first one, unchanged: it is neither compared with the held-out text nor probed before its
   * clock starts. Its score is probed like any other. Default false.
   */
  readonly own?: boolean;
  /** How often the GPU was lost under this run before, according to the journal; default 0. */
  readonly losses?: number;
  /** Tokens of text to sample from the trained model; 0 for none. Default 160. */
  readonly sampleTokens?: number;
  /** Samples of the growing model at a few moments of the run, as events. Default false. */
  readonly wantGlimpses?: boolean;
  /** Hand over the weights of a model that was scored, in an event. Default false. */
  readonly wantModel?: boolean;
}

/** An earlier experiment. `steps`: how many its run made. */
export interface Earlier {
  readonly number: number;
  readonly source: string;
  readonly steps: number;
}

export type RunStage =
  "loading" | "compiling" | "rehearsing" | "training" | "handover" | "probing" | "scoring" | "sampling";

export type RunEvent =
  | {
      readonly type: "stage";
      readonly stage: RunStage;
      readonly detail: string;
      readonly done: number;
      readonly total: number; // 0: unknown
    }
  /** Several steps at once, a few times a second. `points` are [seconds of the clock, loss in nats per token]. */
  | {
      readonly type: "steps";
      readonly step: number;
      readonly seconds: number;
      readonly tokens: number;
      readonly points: Curve;
      /** The latest value of everything train.ts logged. */
      readonly logs: Readonly<Record<string, number>>;
    }
  | {
      readonly type: "forecast";
      readonly stepMs: number;
      readonly peakBytes: number;
      readonly parameters: number;
      readonly tokensPerSecond: number;
    }
  /** What the growing model writes after so many seconds of the clock, which stood still for it. */
  | { readonly type: "glimpse"; readonly seconds: number; readonly text: string }
  /** After its score: `graph` is the forward pass of one row as JSON, `weights` its parameters one after the other. */
  | {
      readonly type: "model";
      readonly graph: string;
      readonly weights: Float32Array;
      readonly valBpb: number;
      readonly steps: number;
    }
  | { readonly type: "warning"; readonly message: string };

/** One of the engine's checks of the recorded forward pass, and its result. */
export interface Probe {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

/** Where the time of a training step goes, measured by the engine after training; it does not affect the verdict. */
export interface StepFigures {
  /** All dispatches of one label, the slowest label first. */
  readonly kernels: readonly {
    readonly label: string;
    /** The shader file of these dispatches. */
    readonly file: string;
    readonly ms: number;
    readonly count: number;
    readonly flops: number;
    readonly bytes: number;
  }[];
  /** Arithmetic the model asks for in one step. */
  readonly modelFlops: number;
  readonly memory: MemoryUse;
}

/** Loss over the clock, in nats per token. */
export type Curve = readonly (readonly [seconds: number, loss: number])[];

/** The figures of a run with any status. */
export interface RunFigures {
  readonly probes: readonly Probe[];
  readonly tokens: number;
  readonly steps: number;
  /** Seconds of the budget spent. */
  readonly seconds: number;
  readonly tokensPerSecond: number;
  /** Seconds of the lab's clock beside the budget: loading, rehearsal, probes, score. 0 in records of before it was measured. */
  readonly overheadSeconds: number;
  readonly parameters: number;
  readonly peakBytes: number;
  readonly curve: Curve;
  /** The adapter of the run, e.g. `google swiftshader`. */
  readonly device: string;
  /** The kernels that the rehearsal measured as fastest on this adapter; all variants compute the same. */
  readonly tuning?: Tuning;
  /** Absent if training did not end, or if a step is too long to measure. */
  readonly step?: StepFigures;
  /** Of the rehearsal: of the graph and numbers of its steps and its forward pass. Absent: not taken. */
  readonly digest?: string;
}

/** Every figure with its value where nothing was measured. A new field of RunFigures must be added here. */
const NONE: { readonly [Name in keyof Required<RunFigures>]: RunFigures[Name] } = {
  probes: [],
  tokens: 0,
  steps: 0,
  seconds: 0,
  tokensPerSecond: 0,
  overheadSeconds: 0,
  parameters: 0,
  peakBytes: 0,
  curve: [],
  device: "",
  tuning: undefined,
  step: undefined,
  digest: undefined,
};

/** Only the figures of a record or result. A figure missing from an old record counts as not measured. */
export const figuresOf = (run: RunFigures): RunFigures =>
  Object.fromEntries(
    Object.entries(NONE)
      .map(([name, none]) => [name, run[name as keyof RunFigures] ?? none] as const)
      .filter(([, value]) => value !== undefined),
  ) as unknown as RunFigures;

/** The figures of a run that never started. */
export const NO_FIGURES: RunFigures = figuresOf(NONE);

/** The engine's result. */
export interface Score {
  /** Bits per byte over all validation windows. */
  readonly valBpb: number;
  /** Bits per byte of runs of neighbouring windows, at most 500 numbers, the same windows for every experiment. */
  readonly chunks: readonly number[];
  /** Text bytes of each chunk: with these weights the chunks' mean is `valBpb`. */
  readonly chunkBytes: readonly number[];
  /** Other metrics of each chunk, by name. Absent: none. */
  readonly metrics?: Readonly<Record<string, readonly number[]>>;
  /** Bits per byte on the hidden test split, when it was asked for. */
  readonly testBpb?: number;
  /** The control text's score, when it was asked for and the study has that text. */
  readonly control?: ControlScore;
  readonly sample: string;
}

/** The part of a score that a verdict compares. */
export type Judged = Pick<Score, "valBpb" | "chunks" | "chunkBytes" | "metrics">;

/** The score of the same weights on the control text. */
export interface ControlScore {
  readonly bpb: number;
  /** Bits per byte of runs of neighbouring windows, and their text bytes. */
  readonly chunks: readonly number[];
  readonly chunkBytes: readonly number[];
}

export type RunResult =
  | (RunFigures & Score & { readonly status: "scored" })
  | (RunFigures & {
      readonly status: "crash" | "invalid";
      /** One line; names train.ts:LINE where a line is known. */
      readonly reason: string;
      readonly line?: number;
      /** The run ended before its clock started: no training, no budget spent. */
      readonly rehearsal?: true;
    })
  /** It would only repeat experiment `number`: the run ended before its clock started. */
  | (RunFigures & { readonly status: "equal"; readonly reason: string; readonly number: number })
  /** No result about train.ts: the run must be repeated (`retry`), or it was stopped. */
  | (RunFigures & {
      readonly status: "aborted";
      readonly reason: string;
      readonly retry: boolean;
      /** "disturbed": the speed of the machine changed during the run. */
      readonly cause: "stopped" | "slept" | "device" | "disturbed";
      /** The device was lost while it ran train.ts or its forward pass. */
      readonly lost?: true;
    });

/** A run that is not repeated: it ended by itself, or its caller stopped it because it was far behind. */
export type FinishedRun =
  | Exclude<RunResult, { status: "aborted" }>
  | (RunFigures & { readonly status: "stopped"; readonly reason: string });

/** The result of a rehearsal alone: train.ts is compiled, makes three steps on noise and is probed. */
export type Rehearsal =
  | {
      readonly status: "passed";
      readonly stepMs: number;
      readonly tokensPerSecond: number;
      readonly peakBytes: number;
      readonly parameters: number;
      /** A fault that raises no error, in one line; "": none was found. */
      readonly silent: string;
    }
  | { readonly status: "failed"; readonly reason: string }
  /** No result: the device was needed elsewhere, or the lab itself failed. */
  | { readonly status: "none"; readonly reason: string };

/** The adapter and its measured speed. */
export interface Measurement {
  readonly flopsPerSecond: number;
  readonly tier: Arena["tier"];
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly features: readonly string[];
}

/** An engine that another process serves (`npm run engine`). */
export interface RemoteEngine {
  /** `ws://127.0.0.1:4602` */
  readonly address: string;
  readonly token: string;
}
