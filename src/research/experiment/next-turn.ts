// Chooses the next run: the candidate runs first; then, while the rule wants more, its incumbent and the candidate in
// turn, so that a machine that warms up or slows down moves both.
import type { FinishedRun } from "../../runner/index.ts";
import type { Sides } from "../contract/lab-state.ts";
import type { Decision } from "../verdict/verdict.ts";

export type Side = "candidate" | "incumbent";

/**
 * Who runs next, or null when the contest is over: the candidate has a run without a score, or the rule has decided.
 * `alone`: there is no incumbent to take turns with. In the middle of a round the verdict does not count.
 */
export function nextTurn(
  { runs, incumbentRuns }: Sides,
  verdict: Decision["verdict"],
  alone: boolean,
): Side | null {
  if (runs.some(({ status }) => status !== "scored")) return null;
  if (runs.length === 0) return "candidate";
  if (!alone && incumbentRuns.length === runs.length) return "candidate";
  if (verdict !== "replicate") return null;
  return alone ? "candidate" : "incumbent";
}

export const withRun = ({ runs, incumbentRuns }: Sides, side: Side, run: FinishedRun): Sides =>
  side === "candidate"
    ? { runs: [...runs, run], incumbentRuns }
    : { runs, incumbentRuns: [...incumbentRuns, run] };

/** The candidate's run that has no score: it ends the contest, regardless of the rule. */
export const failedRun = ({ runs }: Sides) => runs.find((run) => run.status !== "scored") ?? null;
