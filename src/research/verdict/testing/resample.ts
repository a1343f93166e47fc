// Simulates A/A studies with recorded runs: runs of one train.ts under many seeds are dealt out to the incumbent and
// the candidate, so every candidate that the rule keeps is a false alarm. No distribution is assumed.
import { score, seedNoise, type WeighedRun, weigh } from "../evidence.ts";
import { decide } from "../rule.ts";
import type { Outcome, Rule } from "./simulate.ts";

/** Runs a study may need: three to open, three of a candidate, two fresh ones of its incumbent. */
export const DEALT = 8;

/** `trials` deals of `runs` (at least DEALT of one train.ts). Deterministic for a seed. */
export function resample(runs: readonly WeighedRun[], trials: number, rule: Rule, seed: number): Outcome {
  if (runs.length < DEALT) throw new RangeError(`${runs.length} runs, a study may need ${DEALT}`);
  const outcome = { kept: 0, contradicted: 0, trials, runs: 0 };
  let state = seed >>> 0;
  const below = (n: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  for (let trial = 0; trial < trials; trial++) {
    const deck = [...runs];
    const deal = () => deck.splice(below(deck.length), 1);
    if (rule === "karpathy") {
      const [[incumbent], [candidate]] = [deal(), deal()];
      outcome.runs++;
      if (incumbent && candidate && score(candidate) < score(incumbent)) outcome.kept++;
      continue;
    }
    const incumbent = [...deal(), ...deal(), ...deal()];
    const candidate = deal();
    outcome.runs++;
    let decision: ReturnType<typeof decide>;
    while ((decision = decide(evidenceOf(candidate, incumbent), candidate.length)) === "replicate") {
      incumbent.push(...deal());
      candidate.push(...deal());
      outcome.runs += 2;
    }
    if (decision === "keep") outcome.kept++;
  }
  return outcome;
}

function evidenceOf(candidate: readonly WeighedRun[], incumbent: readonly WeighedRun[]) {
  return weigh(candidate, incumbent, seedNoise([candidate, incumbent]));
}
