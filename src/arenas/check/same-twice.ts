// Compares a candidate with itself: how often the rule would keep an equal candidate, and how large a gain must be to
// be kept. Deals the runs of one candidate many times into runs of an incumbent and of a candidate.
import { uniform } from "../../random.ts";

/** A scored run as the verdict compares it: lower is better. */
export interface Run {
  readonly seed: number;
  readonly valBpb: number;
  /** Loss of each instance. */
  readonly chunks: readonly number[];
}

/** The rule's verdict on these runs. */
export type Judge = (
  incumbent: readonly Run[],
  candidate: readonly Run[],
) => "keep" | "discard" | "replicate";

/** Runs of an incumbent before its first contest. */
const KNOWN = 3;
const DEALS = 2000;
/** A gain counts as seen if it is kept in this share of deals. */
const SEEN = 0.8;

/** Standard deviation of the scores of these runs. */
export function spread(runs: readonly Run[]): number {
  const mean = runs.reduce((sum, run) => sum + run.valBpb, 0) / runs.length;
  return Math.sqrt(runs.reduce((sum, run) => sum + (run.valBpb - mean) ** 2, 0) / (runs.length - 1));
}

/** The share of contests between equal candidates that end with a keep. */
export const falseKeepShare = (runs: readonly Run[], judge: Judge): number => kept(runs, judge, 0, DEALS);

/** The smallest gain, to one part in twenty, that is kept in four contests of five; Infinity where none is. */
export function smallestGain(runs: readonly Run[], judge: Judge): number {
  let [low, high] = [0, spread(runs) || 1];
  const hopeless = 1e6 * high;
  while (kept(runs, judge, high, DEALS / 10) < SEEN) {
    [low, high] = [high, 2 * high];
    if (high > hopeless) return Infinity;
  }
  while (high - low > high / 20) {
    const middle = (low + high) / 2;
    if (kept(runs, judge, middle, DEALS / 10) < SEEN) low = middle;
    else high = middle;
  }
  return high;
}

/** The share of deals that keep a candidate all of whose scores are better by `gain`. */
function kept(runs: readonly Run[], judge: Judge, gain: number, deals: number): number {
  const random = uniform("same twice");
  let keeps = 0;
  for (let deal = 0; deal < deals; deal++) {
    const left = shuffled(runs, random);
    const take = () => left.splice(0, 1);
    const incumbent = left.splice(0, KNOWN);
    const candidate: Run[] = [];
    for (;;) {
      candidate.push(...take().map((run) => better(run, gain)));
      const verdict = judge(incumbent, candidate);
      if (verdict === "keep") keeps++;
      if (verdict !== "replicate" || left.length < 2) break;
      incumbent.push(...take());
    }
  }
  return keeps / deals;
}

const better = (run: Run, gain: number): Run => ({
  ...run,
  valBpb: run.valBpb - gain,
  chunks: run.chunks.map((chunk) => chunk - gain),
});

function shuffled(runs: readonly Run[], random: () => number): Run[] {
  const list = [...runs];
  for (let i = list.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}
