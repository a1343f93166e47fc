// What fails in its rehearsal has cost seconds and no slot: it goes back to whoever proposed it, with the error. The
// next proposal is prepared while the GPU trains, so this is where most of them are rehearsed at all.
import { REPAIRS } from "../../researchers/index.ts";
import type { Candidate } from "../contract/lab-state.ts";
import { sentBackFor, type Journal } from "../study/journal.ts";
import type { Outcome } from "../experiment/run-experiment.ts";

/** The candidate's proposal as one to send back, or null when its experiment has ended. */
export function sendBack(
  { number, proposal }: Candidate,
  outcome: Outcome,
  journal: Journal,
): Journal["sentBack"][number] | null {
  const { source, hypothesis, category, researcher, repairs = 0 } = proposal;
  const [run, ...more] = outcome.runs;
  const failed = run !== undefined && (run.status === "crash" || run.status === "invalid") && run.rehearsal;
  // What the human or the lab put there is theirs, and runs as it is.
  if (!failed || more.length > 0 || researcher === "human" || researcher === "lab") return null;
  if (sentBackFor(journal, number).length + repairs >= REPAIRS) return null;
  return { number, source, hypothesis, category, reason: outcome.reason };
}
