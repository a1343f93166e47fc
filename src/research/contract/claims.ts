// What the page knows of claims that were run again, and of kept changes that were measured alone. Types alone.

/** Whether a commit's score was reached again, run with its own seed and arena. */
export interface ReplayView {
  readonly number: number;
  readonly commit: string;
  /** The fresh runs differ from the claim by no more than the noise, or are better because they trained more. */
  readonly holds: boolean;
  readonly claimed: number | null; // null: its record cannot be read
  readonly measured: number | null; // null: train.ts did not run to its score
  /** Measured minus claimed [bits per byte], with its standard error. */
  readonly difference: number | null;
  readonly standardError: number | null;
  /** The chance of a difference this bad or worse, were the claim true. */
  readonly chance: number | null;
  readonly runs: number;
  readonly tokens: number;
  readonly claimedTokens: number;
  readonly device: string;
  readonly claimedDevice: string;
  /** Where the study's commits, records and results.tsv disagree, a line each; then nothing was run. */
  readonly contradictions: readonly string[];
  readonly reason: string;
}

/** One kept change, taken out of the incumbent alone. */
export interface AblationRow {
  readonly number: number;
  readonly hypothesis: string;
  readonly status:
    | "waiting"
    | "real" // the incumbent is worse without it, beyond the noise
    | "rides along" // it makes no difference that can be seen
    | "harmful" // the incumbent is better without it
    | "needed" // without it train.ts does not run
    | "entangled" // it does not come out alone
    | "gone"; // nothing of it is left
  /** What it was kept for, and what it is worth now [bits per byte]. */
  readonly claimedGain: number | null;
  readonly gain: number | null;
  readonly standardError: number | null;
  readonly better: number | null;
  readonly runs: number;
  readonly reason: string;
}

export interface AblationView {
  readonly incumbent: string; // commit
  readonly number: number;
  readonly rows: readonly AblationRow[];
  readonly done: boolean;
}
