// Everything known about one finished experiment. It lives in the notebook as experiments/NNNN.json; the train.ts it
// ran and its commit are git's to keep and are added when it is read back.
import type { HistoryEntry } from "../agents/index.ts";
import type { RunResult } from "../runner/index.ts";
import type { ExperimentStatus, ExperimentView, Probe } from "./state.ts";
import type { ScoredRun } from "./verdict.ts";

export type Curve = readonly (readonly [seconds: number, loss: number])[];

/** What the notebook's file holds. */
export interface StoredRecord {
  readonly number: number;
  /** Number of the incumbent it was judged against; null for the baseline. */
  readonly parent: number | null;
  readonly status: ExperimentStatus;
  readonly hypothesis: string;
  readonly category: string;
  readonly researcher: string;
  readonly expected: string | null;
  readonly falsify: string | null;
  /** Mean over the runs; null for a crash or an invalid one. */
  readonly valBpb: number | null;
  readonly incumbentBpb: number | null;
  readonly reason: string;
  readonly lesson: string;
  readonly seed: number;
  readonly runs: readonly ScoredRun[];
  readonly probes: readonly Probe[];
  readonly tokens: number;
  readonly tokensPerSecond: number;
  readonly steps: number;
  readonly seconds: number;
  readonly parameters: number;
  readonly peakBytes: number;
  readonly device: string;
  readonly sample: string;
  readonly curve: Curve;
  readonly finishedAt: number; // ms since the epoch
  /** From the proposal to the verdict. */
  readonly wallSeconds: number;
}

export interface ExperimentRecord extends StoredRecord {
  readonly commit: string;
  readonly parentCommit: string;
  readonly source: string;
}

/** A finished run: anything but `aborted`. */
export type FinishedRun = Exclude<RunResult, { status: "aborted" }>;

export const isFailure = ({ status }: { status: ExperimentStatus }): boolean =>
  status === "crash" || status === "invalid";

export function viewOf(record: ExperimentRecord): ExperimentView {
  const {
    number,
    commit,
    parentCommit: parent,
    status,
    hypothesis,
    researcher,
    valBpb,
    incumbentBpb,
  } = record;
  const { reason, lesson, probes, tokens, tokensPerSecond, steps, seconds, parameters, peakBytes } = record;
  const { sample, finishedAt } = record;
  return {
    ...{
      number,
      commit,
      parent,
      status,
      hypothesis,
      researcher,
      valBpb,
      incumbentBpb,
      reason,
      lesson,
      probes,
    },
    ...{ tokens, tokensPerSecond, steps, seconds, parameters, peakBytes, sample, finishedAt },
  };
}

export function historyOf(record: ExperimentRecord): HistoryEntry {
  const { number, commit, parent, status, valBpb, incumbentBpb, hypothesis, category, researcher } = record;
  const { source, reason, lesson } = record;
  return {
    ...{ number, commit, parent, status, valBpb, incumbentBpb, hypothesis, category, researcher },
    ...{ source, reason, lesson },
  };
}

/** At most `count` points of a curve: the means of neighbours, so that noise shrinks and the ends stay. */
export function thin(curve: Curve, count: number): Curve {
  if (curve.length <= count) return curve;
  return Array.from({ length: count }, (_, i) => {
    const part = curve.slice(
      Math.floor((i * curve.length) / count),
      Math.floor(((i + 1) * curve.length) / count),
    );
    const mean = (axis: 0 | 1) => part.reduce((sum, point) => sum + point[axis], 0) / part.length;
    return [Number(mean(0).toFixed(3)), Number(mean(1).toFixed(5))] as const;
  });
}
