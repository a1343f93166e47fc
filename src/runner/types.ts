// The types of one run: the request, its events, its figures and its result.
import type { Tuning } from "../nn/index.ts";
import type { Arena, Tokenizer } from "../prepare/index.ts";

/** What a run needs of a corpus; prepare's Corpus is one. */
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
  /** The lab's: initial weights and the order of the batches come from it. */
  readonly seed: number;
  readonly corpus: RunCorpus;
  /** Score the hidden test split and the control text too; a function decides when the validation score is known. */
  readonly wantTest?: boolean | ((score: Pick<Score, "valBpb" | "chunks" | "chunkBytes">) => boolean);
  /** Score the control text whatever the score is: what others are held against has to have it. Default false. */
  readonly wantControl?: boolean;
  /** Kernels as measured before. An adapter that is not among them is measured in the rehearsal of a run. */
  readonly tuning?: readonly Tuning[];
  /**
   * What seeds differ by [bits per byte, standard deviation], where the study knows it: a leak worth more must not go
   * unseen. Default `DEFAULT_NOISE`.
   */
  readonly noise?: number;
  /** How often the GPU was lost under this run before, as the journal knows; default 0. */
  readonly losses?: number;
  /** Tokens of text to sample from the trained model; 0 for none. Default 160. */
  readonly sampleTokens?: number;
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
  | { readonly type: "warning"; readonly message: string };

/** One question the scorer asked of the recorded forward pass, and what it saw. */
export interface Probe {
  readonly name: string;
  readonly passed: boolean;
  readonly detail: string;
}

/** Where a training step goes, as the trainer tells it: hearsay, shown and never believed. */
export interface StepFigures {
  /** All dispatches of one label, dearest first. */
  readonly kernels: readonly {
    readonly label: string;
    /** The shader it is made of. */
    readonly file: string;
    readonly ms: number;
    readonly count: number;
    readonly flops: number;
    readonly bytes: number;
  }[];
  /** Arithmetic the model asks for in one step. */
  readonly modelFlops: number;
  /** Bytes on the device; `peak` is the most a step needs, `limit` what it may. */
  readonly memory: {
    readonly parameters: number;
    readonly state: number;
    readonly kept: number;
    readonly activations: number;
    readonly peak: number;
    readonly limit: number;
  };
}

/** Loss over the clock, in nats per token. */
export type Curve = readonly (readonly [seconds: number, loss: number])[];

/** What is known of a run however it ended. */
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
  /** What it ran on: `google swiftshader`. */
  readonly device: string;
  /** What the trainer says it measured of its adapter: names of kernels that all compute the same. */
  readonly tuning?: Tuning;
  /** Absent where the rehearsal did not come so far, or a step is too long to measure. */
  readonly step?: StepFigures;
}

/** Every figure, with its value where nothing was measured: who adds one to RunFigures adds it here. */
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
};

/** The figures alone of something that has them. One that the lab did not know when it was written is as if not measured. */
export const figuresOf = (run: RunFigures): RunFigures =>
  Object.fromEntries(
    Object.entries(NONE)
      .map(([name, none]) => [name, run[name as keyof RunFigures] ?? none] as const)
      .filter(([, value]) => value !== undefined),
  ) as unknown as RunFigures;

/** What is known of a run that never began. */
export const NO_FIGURES: RunFigures = figuresOf(NONE);

/** What the scorer found. */
export interface Score {
  /** Bits per byte over all validation windows. */
  readonly valBpb: number;
  /** Bits per byte of runs of neighbouring windows, at most 500 numbers, the same windows for every experiment. */
  readonly chunks: readonly number[];
  /** Text bytes of each chunk: with these weights the chunks' mean is `valBpb`. */
  readonly chunkBytes: readonly number[];
  /** Bits per byte on the hidden test split, when it was asked for. */
  readonly testBpb?: number;
  /** The control text's score, when it was asked for and the study has that text. */
  readonly control?: ControlScore;
  readonly sample: string;
}

/** What the same weights reach on the control text. */
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
      /** It ended before its clock started: nothing was trained, and no budget was spent. */
      readonly rehearsal?: true;
    })
  /** Nothing was learned about train.ts: repeat the run (`retry`), or it was stopped. */
  | (RunFigures & {
      readonly status: "aborted";
      readonly reason: string;
      readonly retry: boolean;
      /** "disturbed": the machine was not the same all through the run. */
      readonly cause: "stopped" | "slept" | "device" | "disturbed";
      /** The device was there and was lost while train.ts, or its forward pass, was on it. */
      readonly lost?: true;
    });

/** A run that is not repeated: it ended by itself, or its caller stopped it because it was far behind. */
export type FinishedRun =
  | Exclude<RunResult, { status: "aborted" }>
  | (RunFigures & { readonly status: "stopped"; readonly reason: string });

/** What a rehearsal alone found: train.ts was compiled, made three steps on noise and was probed, and no more. */
export type Rehearsal =
  | {
      readonly status: "passed";
      readonly stepMs: number;
      readonly tokensPerSecond: number;
      readonly peakBytes: number;
      readonly parameters: number;
      /** What goes wrong in silence, in a line; "": nothing was found. */
      readonly silent: string;
    }
  | { readonly status: "failed"; readonly reason: string }
  /** The device was wanted for something else, or the lab's own part failed: nothing was learned. */
  | { readonly status: "none"; readonly reason: string };

/** What the adapter is and how fast, as measured. */
export interface Measurement {
  readonly flopsPerSecond: number;
  readonly tier: Arena["tier"];
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly software: boolean;
  readonly features: readonly string[];
}
