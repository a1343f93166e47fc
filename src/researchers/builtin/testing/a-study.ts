// Builds a history for tests, experiment by experiment, and the brief of it for a researcher.
import type { Brief, HistoryEntry } from "../../researcher.ts";

/** One experiment: its train.ts, its score (null: it crashed), and other fields to set. */
export interface Trial extends Partial<HistoryEntry> {
  readonly source: string;
  readonly valBpb: number | null;
}

/** Keeps each experiment that is lower than all before; each has the incumbent of its time as its parent. */
export function historyOf(first: Trial, ...rest: readonly Trial[]): HistoryEntry[] {
  const history: HistoryEntry[] = [];
  let best: HistoryEntry | null = null;
  for (const [number, trial] of [first, ...rest].entries()) {
    const lower = trial.valBpb !== null && trial.valBpb < (best?.valBpb ?? Infinity);
    const entry: HistoryEntry = {
      number,
      commit: `${number}`,
      parent: best?.number ?? null,
      status: trial.valBpb === null ? "crash" : lower ? "keep" : "discard",
      incumbentBpb: best?.valBpb ?? null,
      hypothesis: "",
      category: number === 0 ? "baseline" : "numeric",
      researcher: "built-in",
      reason: "",
      lesson: "",
      ...trial,
    };
    history.push(entry);
    if (entry.status === "keep") best = entry;
  }
  return history;
}

export function briefOf(history: readonly HistoryEntry[], more: Partial<Brief> = {}): Brief {
  const incumbent = history.findLast(({ status }) => status === "keep");
  if (!incumbent) throw new Error("nothing was kept");
  return {
    number: history.length,
    program: "",
    source: incumbent.source,
    incumbent,
    history,
    pending: [],
    rejected: [],
    seed: 1,
    manual: "",
    ...more,
  };
}
