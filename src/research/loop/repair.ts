// What fails in its rehearsal has cost seconds and no slot: it goes back to whoever proposed it, with the error. The
// next proposal is prepared while the GPU trains, so this is where most of them are rehearsed at all.
import type { Rejection } from "../../researchers/index.ts";
import type { Outcome } from "../experiment/run-experiment.ts";
import type { Journal, SentBack, Slot } from "../study/journal.ts";

/** How often a proposal for one slot may go back, whatever is wrong with it, before it costs the slot. */
export const REPAIRS = 2;

/** Proposals for experiment `number` that went back so far. */
export const sentBackFor = ({ sentBack }: Journal, number: number): readonly SentBack[] =>
  sentBack.filter((one) => one.number === number);

/** The slot's proposal as one to send back, or null when its experiment has ended. */
export function sendBack(slot: Slot, outcome: Outcome, journal: Journal): SentBack | null {
  const { number, proposal } = slot;
  const { source, hypothesis, category, researcher, repairs = 0 } = proposal;
  const [run, ...more] = outcome.runs;
  const failed = run !== undefined && (run.status === "crash" || run.status === "invalid") && run.rehearsal;
  // What the human or the lab put there is theirs, and runs as it is.
  if (!failed || more.length > 0 || researcher === "human" || researcher === "lab") return null;
  if (sentBackFor(journal, number).length + repairs >= REPAIRS) return null;
  return { number, source, hypothesis, category, researcher, reason: outcome.reason };
}

/** As a brief and the notebook have it. */
export const rejectionOf = ({ source, hypothesis, category, reason }: SentBack): Rejection => ({
  ...{ source, hypothesis, category, reason },
});
