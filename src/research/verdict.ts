// The verdict: from the runs of a candidate and of its incumbent to keep, discard, or run once more. Pure, so that it
// can be simulated; the statistical rule of statistics/ fits the same door.

/** One scored run of one train.ts. */
export interface ScoredRun {
  readonly seed: number;
  /** Bits per byte over all validation windows; lower is better. */
  readonly valBpb: number;
  /** Bits per byte of runs of neighbouring windows, the same windows for every run of a study. */
  readonly chunks: readonly number[];
}

/** What a rule sees. `incumbent` is empty when nothing was ever scored; `candidate` is empty before the first run. */
export interface Contest {
  readonly incumbent: readonly ScoredRun[];
  readonly candidate: readonly ScoredRun[];
}

export interface Decision {
  readonly verdict: "keep" | "discard" | "replicate";
  /** One line, empty for `replicate`. */
  readonly reason: string;
}

export interface Rule {
  readonly name: string;
  decide(contest: Contest): Decision;
}

export const meanBpb = (runs: readonly ScoredRun[]): number =>
  runs.reduce((sum, run) => sum + run.valBpb, 0) / runs.length;

/** Karpathy's rule (autoresearch, program.md): one run each, and whatever is strictly lower is kept. */
export const karpathyRule: Rule = {
  name: "karpathy",
  decide({ incumbent, candidate }) {
    if (candidate.length === 0) return { verdict: "replicate", reason: "" };
    const score = meanBpb(candidate);
    if (incumbent.length === 0)
      return { verdict: "keep", reason: `${bpb(score)}, the first score of the study` };
    const best = meanBpb(incumbent);
    const verdict = score < best ? "keep" : "discard";
    const how = score < best ? "lower than" : score === best ? "equal to" : "higher than";
    return { verdict, reason: `${bpb(score)} is ${how} the incumbent's ${bpb(best)}` };
  },
};

/** A score as the page and the commits write it. */
export const bpb = (value: number): string => value.toFixed(4);
