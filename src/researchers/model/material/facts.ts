// What a model is told beyond the brief. The loop knows it, the prompt uses what is there; everything is optional, so
// that a model can be asked with a brief alone.

/** One experiment's measurements, as far as the notebook keeps them. */
interface RunFacts {
  /** [seconds, loss in nats per token] */
  readonly curve?: readonly (readonly [seconds: number, loss: number])[];
  readonly tokens?: number;
  readonly tokensPerSecond?: number;
  readonly steps?: number;
  readonly seconds?: number;
  readonly parameters?: number;
  readonly peakBytes?: number;
  readonly expected?: string | null;
  readonly falsify?: string | null;
  /** Text the trained model wrote. */
  readonly sample?: string;
}

/** How one researcher's forecasts of val_bpb fared, changes in bits per byte; null where none could be scored. */
interface Calibrated {
  readonly name: string;
  readonly scored: number;
  readonly expected: number | null;
  readonly came: number | null;
  readonly error: number | null;
  /** The error of expecting no change at all. */
  readonly naiveError: number | null;
  readonly rightDirection: number;
}

export interface Facts {
  /** Standard deviation of val_bpb between seeds, from replicates of the baseline, and how many there were. */
  readonly noise?: { readonly sd: number; readonly runs: number } | null;
  /** How a verdict is reached, in a sentence. */
  readonly rule?: string;
  readonly runs?: (experiment: number) => RunFacts | null;
  /** Time per kernel, utilisation and memory of the incumbent's training step, its dearest `rows` kernels; "": unknown. */
  readonly step?: (rows: number) => string;
  readonly memoryLimit?: number; // bytes
  readonly device?: string;
  readonly budgetSeconds?: number;
  /** Tokens that end a run, the seconds then being a ceiling; absent: the seconds end it. */
  readonly budgetTokens?: number;
  readonly corpus?: { readonly name: string; readonly vocabSize: number; readonly seqLen: number };
  /** Bits per byte of things that are not neural networks, for scale. */
  readonly baselines?: Readonly<Record<string, number>>;
  /** Until the lab stops by itself; null or absent: it does not. */
  readonly experimentsLeft?: number | null;
  /** learnings.md */
  readonly learnings?: string;
  readonly calibration?: readonly Calibrated[];
  /** What the human wants the next prompt to carry. */
  readonly notes?: readonly string[];
}
