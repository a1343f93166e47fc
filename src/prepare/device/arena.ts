// What is fixed for a study, so that every experiment of it is measured by the same rule.

/** How fast the adapter is, as measured when the study started. */
export type Tier = "software" | "integrated" | "laptop" | "desktop";

export interface Arena {
  readonly corpusHash: string;
  readonly corpusName: string;
  readonly vocabSize: number;
  /** Tokens of context, the length of every row. */
  readonly seqLen: number;
  /** Seconds of training of every run. */
  readonly budgetSeconds: number;
  /** Tokens of training of every run; the seconds are then a ceiling. Absent or 0: the clock alone ends a run. */
  readonly budgetTokens?: number;
  /** How many validation windows a score is taken over. */
  readonly windows: number;
  /** Tokens at the end of the test split that are the control text. Absent or 0: the study has none. */
  readonly controlTokens?: number;
  /** Rows scored at once; the recorded forward pass has this batch size. The score does not depend on it. */
  readonly scoreBatch: number;
  readonly tier: Tier;
}
