// A candidate that fails in its rehearsal, or that only repeats an experiment, has cost seconds, not an experiment, so it
// goes back to its researcher with the reason. Most proposals are made while the GPU trains, so this is their first rehearsal.
import { REPAIRS } from "../../researchers/index.ts";
import type { Candidate } from "../contract/lab-state.ts";
import { sentBackFor, type Journal } from "../study/journal.ts";
import type { Outcome } from "../experiment/run-experiment.ts";

/** The candidate's proposal, to be sent back; null when the outcome ends the experiment. */
export function sendBack(
  { number, proposal }: Candidate,
  outcome: Outcome,
  journal: Journal,
): Journal["sentBack"][number] | null {
  const { source, hypothesis, category, researcher, repairs = 0, outside = false } = proposal;
  const [run, ...more] = outcome.runs;
  const equal = run?.status === "equal" ? run.number : null;
  const failed = run !== undefined && (run.status === "crash" || run.status === "invalid") && run.rehearsal;
  // Proposals of the human, an agent or the lab run as they are.
  const theirs = outside || researcher === "human" || researcher === "lab";
  if (!(failed || equal !== null) || more.length > 0 || theirs) return null;
  if (sentBackFor(journal, number).length + repairs >= REPAIRS) return null;
  const back = { number, source, hypothesis, category, reason: outcome.reason };
  return equal === null ? back : { ...back, equal };
}
