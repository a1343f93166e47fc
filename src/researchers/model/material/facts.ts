// The facts about a study beyond the brief. The loop provides them and the prompt uses those it gets; all are optional,
// so that a brief alone is enough for a prompt.

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
  /** A text written by the trained model. */
  readonly sample?: string;
}

/** How one researcher's forecasts of val_bpb fared: changes in bits per byte, negative for a lower score. */
export interface Calibrated {
  readonly name: string;
  /** Experiments whose forecast and outcome are numbers that can be compared. */
  readonly scored: number;
  /** Means over those scored; null when there are none. */
  readonly expected: number | null;
  readonly came: number | null;
  /** Mean absolute error of the forecasts, and of forecasting no change at all. */
  readonly error: number | null;
  readonly naiveError: number | null;
  /** Scored forecasts with the right direction. */
  readonly rightDirection: number;
}

export interface Facts {
  /** Standard deviation of val_bpb between seeds, and the number of replicates of the baseline that it comes from. */
  readonly noise?: { readonly sd: number; readonly runs: number } | null;
  /** The rule of the verdict, in one sentence. */
  readonly rule?: string;
  readonly runs?: (experiment: number) => RunFacts | null;
  /** Time of the `rows` slowest kernels, utilisation and memory of the incumbent's training step; "": unknown. */
  readonly step?: (rows: number) => string;
  readonly memoryLimit?: number; // bytes
  readonly device?: string;
  readonly budgetSeconds?: number;
  /** Number of tokens that ends a run, with the seconds as a ceiling; absent: the seconds end it. */
  readonly budgetTokens?: number;
  readonly corpus?: { readonly name: string; readonly vocabSize: number; readonly seqLen: number };
  /** Bits per byte of simple models that are not neural networks, for scale. */
  readonly baselines?: Readonly<Record<string, number>>;
  /** Number of experiments until the lab stops; null or absent: unlimited. */
  readonly experimentsLeft?: number | null;
  /** The text of learnings.md. */
  readonly learnings?: string;
  /** Each researcher's forecasts against outcomes. */
  readonly calibration?: readonly Calibrated[];
  /** A person's notes for the next prompt. */
  readonly notes?: readonly string[];
}
