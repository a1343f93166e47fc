// The types of an experiment: a candidate while it runs, a record once it is judged, and its view on the page.
import type { HistoryEntry, Proposal } from "../../researchers/index.ts";
import type { ControlScore, FinishedRun, RunFigures } from "../../runner/index.ts";
import type { ControlEvidence, Evidence } from "../verdict/statistics.ts";
import type { ScoredRun } from "../verdict/verdict.ts";

/**
 * The experiment under way: chosen, perhaps running, not yet committed. It changes the incumbent of the moment when
 * `number` experiments are done; that commit may not exist yet when the candidate is chosen. The journal stores it.
 */
export interface Candidate {
  readonly number: number;
  readonly proposal: Proposal;
  /** The type error for which it becomes a crash without a run; null: none. */
  readonly refused: string | null;
  readonly seed: number;
  readonly startedAt: number;
  /** Runs that ended before the verdict. */
  readonly runs: readonly FinishedRun[];
  /** Fresh runs of the incumbent that ended before the verdict. */
  readonly incumbentRuns: readonly FinishedRun[];
  /** GPU losses during the present run, kept across reloads. Absent: none. */
  readonly losses?: number;
}

/** A proposal, and the type error that remained after its repairs; null: none. */
export type Checked = Pick<Candidate, "proposal" | "refused">;

/** The runs of both sides so far. */
export type Sides = Pick<Candidate, "runs" | "incumbentRuns">;

/** The evidence of a verdict. `noise`: deviation between seeds at that time [bits per byte]; `degrees`: of freedom. */
interface RecordedEvidence extends Pick<Evidence, "gain" | "standardError" | "better"> {
  readonly noise: number;
  readonly degrees: number;
}

/** The notebook's file on one experiment; git keeps the commit and its train.ts. */
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
  /** Null without a decision of the rule, without an incumbent, and without a measured noise between seeds. */
  readonly evidence: RecordedEvidence | null;
  /** The last run's scores on the hidden test text and on the validation text; kept experiments only. */
  readonly hidden: { readonly testBpb: number; readonly valBpb: number } | null;
  /**
   * The score on the control text of the run with this seed, and its comparison with the incumbent's (null: the
   * incumbent has none). Only candidates that were about to be kept are scored there. Absent: not scored.
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
export type ShownFigures = Omit<RunFigures, "curve" | "step" | "tuning" | "digest">;

type Named = Pick<
  ExperimentRecord,
  "number" | "commit" | "status" | "hypothesis" | "researcher" | "valBpb" | "reason"
>;
type Judged = Pick<ExperimentRecord, "parentCommit" | "incumbentBpb" | "lesson" | "evidence" | "hidden">;

/** One row of the table, one dot of the chart: the record with its long texts cut and its runs counted. */
export interface ExperimentView
  extends ShownFigures, Named, Judged, Pick<ExperimentRecord, "sample" | "finishedAt"> {
  readonly runs: number;
  readonly incumbentRuns: number;
  /** Null for a candidate that the rule did not keep, for the baseline, and in a study without a control text. */
  readonly control: ControlEvidence | null;
  /** The researcher's forecast, in words; null: none. */
  readonly expected: string | null;
  /** The expected and the measured change of val_bpb [bits per byte]; null where they cannot be compared. */
  readonly forecast: { readonly expected: number; readonly came: number } | null;
}

/** The log line of a committed experiment. It omits the hidden test, because a researcher may read the log. */
export interface ExperimentEvent
  extends ShownFigures, Named, Pick<ExperimentRecord, "wallSeconds">, Pick<ExperimentView, "forecast"> {
  readonly type: "experiment";
}
