// The settings fixed for a study: every experiment is measured by the same rule.

/** Speed class of the adapter, measured at the start of the study. */
export type Tier = "software" | "integrated" | "laptop" | "desktop";

export interface Arena {
  readonly corpusHash: string;
  readonly corpusName: string;
  readonly vocabSize: number;
  /** Tokens of context, the length of every row. */
  readonly seqLen: number;
  /** Training time of every run, in seconds. */
  readonly budgetSeconds: number;
  /** Number of training tokens of every run; the seconds are then a maximum. Absent or 0: only the clock ends a run. */
  readonly budgetTokens?: number;
  /** Number of validation windows of a score. */
  readonly windows: number;
  /** Number of tokens at the end of the test split that form the control text. Absent or 0: there is none. */
  readonly controlTokens?: number;
  /** Number of rows scored at once: the batch size of the recorded forward pass. The score does not depend on it. */
  readonly scoreBatch: number;
  readonly tier: Tier;
}
