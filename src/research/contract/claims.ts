// The page's views of claims that were run again, and of kept changes that were measured one by one. Types only.

/** The verdict on a commit's score, after fresh runs with its own seed and arena. */
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
  /** Disagreements between the study's commits, records and results.tsv, one line each; if any, nothing was run. */
  readonly contradictions: readonly string[];
  readonly reason: string;
}

/** One kept change, measured by taking it alone out of the incumbent. */
export interface AblationRow {
  readonly number: number;
  readonly hypothesis: string;
  readonly status:
    | "waiting"
    | "real" // the incumbent is worse without it, beyond the noise
    | "rides along" // it makes no measurable difference
    | "harmful" // the incumbent is better without it
    | "needed" // without it train.ts does not run
    | "entangled" // later changes touch the same lines
    | "gone"; // the incumbent no longer contains it
  /** Its gain when it was kept, and its gain now [bits per byte]. */
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
