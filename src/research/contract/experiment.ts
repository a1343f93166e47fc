// The one record of an experiment: a candidate while it runs, a record once it is judged, and what the page sees of it.
import type { HistoryEntry, Proposal } from "../../researchers/index.ts";
import type { ControlScore, FinishedRun, RunFigures } from "../../runner/index.ts";
import type { ControlEvidence, Evidence } from "../verdict/statistics.ts";
import type { ScoredRun } from "../verdict/verdict.ts";

/**
 * The experiment under way: chosen, perhaps running, not yet committed. It rewrites the incumbent there is when
 * `number` experiments are done; which commit that is may not be known yet when it is chosen. The journal keeps it.
 */
export interface Candidate {
  readonly number: number;
  readonly proposal: Proposal;
  /** Why the type check would not let it run: it becomes a crash without a run. */
  readonly refused: string | null;
  readonly seed: number;
  readonly startedAt: number;
  /** Runs that ended before the verdict. */
  readonly runs: readonly FinishedRun[];
  /** Fresh runs of the incumbent that ended before the verdict. */
  readonly incumbentRuns: readonly FinishedRun[];
  /** How often the GPU was lost under the run that is under way; a reload does not forget it. Absent: never. */
  readonly losses?: number;
}

/** A proposal, and the type error it could not get rid of. */
export type Checked = Pick<Candidate, "proposal" | "refused">;

/** The runs of both sides so far. */
export type Sides = Pick<Candidate, "runs" | "incumbentRuns">;

/** How much the runs say; `noise` [bits per byte] is the deviation between seeds as it was known, with its `degrees`. */
interface RecordedEvidence extends Pick<Evidence, "gain" | "standardError" | "better"> {
  readonly noise: number;
  readonly degrees: number;
}

/** What the notebook's file holds; git keeps the commit and its train.ts. */
export interface StoredRecord extends RunFigures, Omit<HistoryEntry, "commit" | "source" | "parent"> {
  /** Number of the incumbent it was judged against; null for the baseline. */
  readonly parent: number | null;
  /** Number of the experiment whose train.ts it changed, when it was not the incumbent. */
  readonly base?: number | null;
  readonly expected: string | null;
  readonly falsify: string | null;
  readonly seed: number;
  readonly runs: readonly ScoredRun[];
  /** Fresh runs of the incumbent that this verdict needed; they count as the incumbent's from then on. */
  readonly incumbentRuns: readonly ScoredRun[];
  /** Text bytes of each chunk; empty when nothing was scored. */
  readonly chunkBytes: readonly number[];
  /** Tokens of code in train.ts, comments and layout not counted. */
  readonly codeTokens: number;
  /** Null where the noise between seeds is not known, or nothing was there to compare with. */
  readonly evidence: RecordedEvidence | null;
  /** The last run's score on the hidden test text, beside its own on the validation text; kept experiments only. */
  readonly hidden: { readonly testBpb: number; readonly valBpb: number } | null;
  /**
   * The control text's score of the run with this seed, for what was kept or would have been, and how it compares with the
   * incumbent's (null: that has no such score). Absent: not scored.
   */
  readonly control?: ControlScore & { readonly seed: number; readonly compared: ControlEvidence | null };
  readonly sample: string;
  readonly finishedAt: number; // ms since the epoch
  /** From the proposal to the verdict. */
  readonly wallSeconds: number;
}

export interface ExperimentRecord extends StoredRecord, Pick<HistoryEntry, "commit" | "source"> {
  readonly parentCommit: string;
}

/** The figures of a run that are small enough for every snapshot and every log line. */
export type ShownFigures = Omit<RunFigures, "curve" | "step" | "tuning">;

type Named = Pick<
  ExperimentRecord,
  "number" | "commit" | "status" | "hypothesis" | "researcher" | "valBpb" | "reason"
>;
type Judged = Pick<ExperimentRecord, "parentCommit" | "incumbentBpb" | "lesson" | "evidence" | "hidden">;

/** One row of the table, one dot of the chart: the record with its long words cut and its runs counted. */
export interface ExperimentView
  extends ShownFigures, Named, Judged, Pick<ExperimentRecord, "sample" | "finishedAt"> {
  readonly runs: number;
  readonly incumbentRuns: number;
  /** Null for what was not about to be kept, for the baseline, and in a study without a control text. */
  readonly control: ControlEvidence | null;
  /** What its researcher expected; null where it said nothing. */
  readonly expected: string | null;
  /** The expected change of val_bpb beside the one that came; null where they cannot be compared. */
  readonly forecast: { readonly expected: number; readonly came: number } | null;
}

/** The line of the log when it is committed. The hidden test is none of it: a researcher may read the log. */
export interface ExperimentEvent
  extends ShownFigures, Named, Pick<ExperimentRecord, "wallSeconds">, Pick<ExperimentView, "forecast"> {
  readonly type: "experiment";
}
