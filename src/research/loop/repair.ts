// What fails in its rehearsal has cost seconds and no slot: it goes back to whoever proposed it, with the error. The
// next proposal is prepared while the GPU trains, so this is where most of them are rehearsed at all.
import { sentBackFor, type Journal, type SentBack, type Slot } from "../study/journal.ts";
import type { Outcome } from "../experiment/run-experiment.ts";

/** How often a proposal for one slot may go back, whatever is wrong with it, before it costs the slot. */
export const REPAIRS = 2;

/** The slot's proposal as one to send back, or null when its experiment has ended. */
export function sendBack(slot: Slot, outcome: Outcome, journal: Journal): SentBack | null {
  const { number, proposal } = slot;
  const { source, hypothesis, category, researcher, repairs = 0, outside = false } = proposal;
  const [run, ...more] = outcome.runs;
  const failed = run !== undefined && (run.status === "crash" || run.status === "invalid") && run.rehearsal;
  // What the human, an agent or the lab put there is theirs, and runs as it is.
  const theirs = outside || researcher === "human" || researcher === "lab";
  if (!failed || more.length > 0 || theirs) return null;
  if (sentBackFor(journal, number).length + repairs >= REPAIRS) return null;
  return { number, source, hypothesis, category, researcher, reason: outcome.reason };
}
