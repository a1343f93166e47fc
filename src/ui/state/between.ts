// The verdict between any two experiments, from their recorded runs and the study's noise: it needs no new run.

import type { ExperimentView, StudyView } from "../../research/index.ts";

export interface Between {
  /** Score of the second minus that of the first [bits per byte]: positive if the first is better. */
  readonly gain: number;
  /** Standard error of the gain, from the noise between seeds and both numbers of runs; null if that is unknown. */
  readonly standardError: number | null;
  /** `first`, `second`: better by more than twice the standard error. `tie`: seeds alone explain the difference. */
  readonly better: "first" | "second" | "tie" | "unknown";
}

/** Null where one of them has no score. */
export function between(
  first: ExperimentView,
  second: ExperimentView,
  noise: StudyView["noise"],
): Between | null {
  if (first.valBpb === null || second.valBpb === null) return null;
  const gain = second.valBpb - first.valBpb;
  if (noise === null) return { gain, standardError: null, better: "unknown" };
  const runs = (e: ExperimentView) => 1 / Math.max(1, e.runs);
  const standardError = noise.deviation * Math.sqrt(runs(first) + runs(second));
  const better = Math.abs(gain) <= 2 * standardError ? "tie" : gain > 0 ? "first" : "second";
  return { gain, standardError, better };
}
