// When to keep, drop or measure again: a one-sided sequential test with at most `cap` runs of the candidate.
// The thresholds are calibrated by testing/simulate.ts; docs/statistics.md says how.
import type { Evidence } from "./evidence.ts";

export interface RuleSettings {
  /** Runs of the candidate before the last look. */
  readonly cap: number;
  /** A gain below this [bpb] is never kept for its gain, however certain. */
  readonly minimumGain: number;
}
export const DEFAULT_RULE: RuleSettings = { cap: 3, minimumGain: 0 };

export type Verdict = "keep" | "discard" | "replicate";

/** P(better) needed to keep before the last look: several looks at a lower threshold would keep lucky candidates. */
const EARLY_KEEP = 0.995;
/** P(better) needed at the last look: above 0.95, so that all looks keep an equal candidate at most once in twenty. */
export const LAST_KEEP = 0.965;
/** Below this P(better) a candidate gets no further run: most candidates of a night lose. */
const EARLY_DROP = 0.4;

/**
 * The decision after `runs` runs of the candidate. `simpler`: the candidate has markedly less code, and is kept if it
 * does not look worse after all its runs. Pure.
 */
export function decide(
  evidence: Evidence,
  runs: number,
  settings: RuleSettings = DEFAULT_RULE,
  simpler = false,
): Verdict {
  const { gain, better } = evidence;
  const worth = gain > 0 && gain >= settings.minimumGain;
  if (runs >= settings.cap)
    return (worth && better >= LAST_KEEP) || (simpler && better >= EARLY_DROP) ? "keep" : "discard";
  if (better >= EARLY_KEEP) return worth || simpler ? "keep" : "discard";
  return better < EARLY_DROP ? "discard" : "replicate";
}
