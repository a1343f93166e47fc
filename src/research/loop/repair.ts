// A candidate that fails in its rehearsal has cost seconds, not an experiment, so it goes back to its researcher with
// the error. Most proposals are made while the GPU trains, so this is their first rehearsal.
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
  const failed = run !== undefined && (run.status === "crash" || run.status === "invalid") && run.rehearsal;
  // Proposals of the human, an agent or the lab run as they are.
  const theirs = outside || researcher === "human" || researcher === "lab";
  if (!failed || more.length > 0 || theirs) return null;
  if (sentBackFor(journal, number).length + repairs >= REPAIRS) return null;
  return { number, source, hypothesis, category, reason: outcome.reason };
}
