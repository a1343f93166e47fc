// A researcher proposes the next train.ts. It gets text and returns text, and each call starts afresh: its only memory
// of a study is the history in its brief.

export type ExperimentStatus = "keep" | "discard" | "crash" | "invalid";

/** One finished experiment, as researchers see it. */
export interface HistoryEntry {
  readonly number: number;
  readonly commit: string;
  /** The experiment whose train.ts this one rewrote; null for the baseline. */
  readonly parent: number | null;
  readonly status: ExperimentStatus;
  readonly valBpb: number | null;
  /** The score to beat at that time. */
  readonly incumbentBpb: number | null;
  readonly hypothesis: string;
  /** The kind of change: the name of a catalogue edit, `numeric`, `baseline`, `human`, … */
  readonly category: string;
  readonly researcher: string;
  readonly source: string;
  readonly reason: string;
  readonly lesson: string;
  /** Earlier proposals for this experiment that failed in their rehearsal and were replaced before the run. */
  readonly sentBack?: readonly Rejection[];
  /** Seconds of training a token; absent where no run measured it. */
  readonly secondsPerToken?: number;
}

/** A proposal that a check, its rehearsal or a person sent back before the run. */
export interface Rejection {
  readonly source: string;
  readonly hypothesis: string;
  readonly category?: string;
  readonly reason: string;
  /** The experiment that it could only repeat: nothing failed. */
  readonly equal?: number;
}

/**
 * How often a proposal for one experiment may go back, for any reason; the next fault counts as the experiment's
 * result.
 */
export const REPAIRS = 2;

/** An experiment that is still running when the brief is written: its score is unknown. */
type Pending = Pick<HistoryEntry, "number" | "source" | "hypothesis" | "category" | "sentBack">;

/** The complete input of a researcher. */
export interface Brief {
  /** The number of the proposed experiment. */
  readonly number: number;
  readonly program: string;
  /** The incumbent's train.ts, which the proposal changes. */
  readonly source: string;
  /** `valBpb` is null when the brief assumes that the running experiment will be kept. */
  readonly incumbent: {
    readonly number: number;
    readonly valBpb: number | null;
    readonly commit: string;
  } | null;
  readonly history: readonly HistoryEntry[];
  readonly pending: readonly Pending[];
  readonly rejected: readonly Rejection[];
  /** Experiments without a gain after which the study is on a plateau and changes should be structural; absent: 8. */
  readonly patience?: number;
  /** Standard deviation of val_bpb between seeds, where replicates measured it [bits per byte]. */
  readonly noise?: number;
  /** Tokens of a row. */
  readonly seqLen?: number;
  /** Tokens end a run, so that a dearer step makes it longer; else seconds do, and the score includes the cost of a step. */
  readonly endsByTokens?: boolean;
  /** The study's seed; a researcher that draws at random seeds its generator with it and `number`. */
  readonly seed: number;
  /** The documented types of `nn` and `prepare`. */
  readonly manual: string;
}

export interface Proposal {
  /** The change, and why it might help; its first line becomes the subject of the commit. */
  readonly hypothesis: string;
  /** The complete new train.ts. */
  readonly source: string;
  readonly category: string;
  readonly researcher: string;
  readonly expected?: string;
  readonly falsify?: string;
  /** The experiment whose train.ts this one changes, if it is not the incumbent. */
  readonly base?: number;
  /** How often the proposal went back to its researcher before the lab got it. */
  readonly repairs?: number;
  /** It came from outside the lab: no researcher can correct it, so it runs unchanged. */
  readonly outside?: true;
}

export interface Researcher {
  readonly name: string;
  /** Proposals cost nothing: the lab then prepares one for each outcome of the running experiment. */
  readonly free: boolean;
  /** Throws LabError `proposal` when it has nothing left to propose, `cancelled` when `signal` fires. */
  propose(brief: Brief, signal: AbortSignal): Promise<Proposal>;
  /** The running experiment has ended: a pending `propose` should return now. */
  hurry?(): void;
}
