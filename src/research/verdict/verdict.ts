// The verdict: from the runs of a candidate and of its incumbent to keep, discard, or run once more. Pure, so that it
// can be simulated; docs/statistics.md has the method, statistics.ts the arithmetic.
import {
  type ControlEvidence,
  decide,
  LAST_KEEP,
  type Evidence,
  type Pair,
  type WeighedRun,
  type SeedNoise,
  seedNoise,
  type Verdict,
  weigh,
  weighControl,
} from "./statistics.ts";

/** One scored run of one train.ts. */
export interface ScoredRun {
  readonly seed: number;
  /** Bits per byte over all validation windows; lower is better. */
  readonly valBpb: number;
  /** Bits per byte of runs of neighbouring windows, the same windows for every run of a study. */
  readonly chunks: readonly number[];
  /** Other metrics of each chunk, by name. Absent: none. */
  readonly metrics?: Readonly<Record<string, readonly number[]>>;
}

/** The input of a rule. `incumbent` is empty before the study's first score, `candidate` before its first run. */
export interface Contest {
  readonly incumbent: readonly ScoredRun[];
  readonly candidate: readonly ScoredRun[];
  /** Text bytes of each chunk; empty: every chunk weighs the same. */
  readonly bytes: readonly number[];
  /** The study's other groups of runs, one train.ts a group: they measure the spread between seeds. */
  readonly others: readonly (readonly ScoredRun[])[];
  /** Tokens of code of each side, comments and layout not counted. */
  readonly code: { readonly candidate: number; readonly incumbent: number };
  /** Runs of the study's first candidate, where it is not the incumbent. */
  readonly first?: readonly ScoredRun[];
  /** The candidate's last run and the run that the incumbent was kept for, on both texts; absent without a score. */
  readonly control?: { readonly validation: Pair; readonly control: Pair } | null;
}

/** A guard that a candidate made worse. */
export interface BrokenGuard {
  readonly name: string;
  /** Positive: so much worse, in the metric's unit. */
  readonly worse: number;
  readonly standardError: number;
}

export interface Decision {
  readonly verdict: Verdict;
  /** One line, empty for `replicate`. */
  readonly reason: string;
  /** Null without an incumbent, and before the candidate's first run. */
  readonly evidence: Weighed | null;
  /** The comparison on the control text, for a candidate that the rule would keep; absent: not made. */
  readonly control?: ControlEvidence;
  /** The guard that the candidate made worse. Absent: none. */
  readonly guard?: BrokenGuard;
}

/** Evidence, with the noise between seeds that went into it. */
interface Weighed extends Evidence {
  readonly noise: SeedNoise;
}

export interface Rule {
  readonly name: "paired" | "karpathy";
  decide(contest: Contest): Decision;
}

export const meanBpb = (runs: readonly ScoredRun[]): number =>
  runs.reduce((sum, run) => sum + run.valBpb, 0) / runs.length;

const MORE: Decision = { verdict: "replicate", reason: "", evidence: null };

/** Karpathy's rule (autoresearch, program.md): one run each, and a strictly lower score is kept. */
export const karpathyRule: Rule = {
  name: "karpathy",
  decide(contest) {
    const { incumbent, candidate } = contest;
    if (candidate.length === 0) return MORE;
    const score = meanBpb(candidate);
    if (incumbent.length === 0) {
      return { ...MORE, verdict: "keep", reason: `${bpb(score)}, the first score of the study` };
    }
    const best = meanBpb(incumbent);
    const verdict = score < best ? "keep" : "discard";
    const how = score < best ? "lower than" : score === best ? "equal to" : "higher than";
    const reason = `${bpb(score)} is ${how} the incumbent's ${bpb(best)}`;
    return { verdict, reason, evidence: evidenceOf(contest) };
  },
};

interface PairedSettings {
  /** Runs of the first train.ts that is scored: they measure the noise between seeds. */
  readonly replicates: number;
  /** Runs of a candidate at most. */
  readonly cap: number;
  /** A gain below this [bpb] is never kept, however certain. */
  readonly minimumGain: number;
}

/** A candidate equal within the noise is kept for this share of code less, as program.md says. */
const SIMPLER = 0.03;

/** The paired rule with the noise between seeds: one run decides a clear case, near ties are run again. */
export function pairedRule(settings: PairedSettings): Rule {
  return {
    name: "paired",
    decide(contest) {
      const { incumbent, candidate, code } = contest;
      if (candidate.length === 0) return MORE;
      if (incumbent.length === 0) return opening(candidate, settings.replicates);
      const evidence = evidenceOf(contest);
      const less = 1 - code.candidate / code.incumbent;
      const verdict = decide(evidence, candidate.length, settings, less >= SIMPLER);
      // Without two runs of one train.ts the noise is unknown, so the gain may be luck.
      const blind = evidence.noise.degrees === 0 && candidate.length < settings.cap;
      if (verdict === "replicate" || (verdict === "keep" && blind)) return { ...MORE, evidence };
      return { verdict, reason: reasonOf(contest, evidence, verdict, less, settings), evidence };
    },
  };
}

/** The same rule, except that it discards a candidate whose gain the control text contradicts. */
export function confirmed({ name, decide: judge }: Rule): Rule {
  return {
    name,
    decide(contest) {
      const decision = judge(contest);
      if (decision.verdict !== "keep" || !contest.control) return decision;
      const control = weighControl(contest.control.validation, contest.control.control);
      if (!control.contradicted) return { ...decision, control };
      return { ...decision, verdict: "discard", reason: contradiction(contest, control), control };
    },
  };
}

function contradiction({ candidate }: Contest, found: ControlEvidence): string {
  const validation = `${bpb(found.validationGain)} ± ${bpb(found.validationError)} on the validation text`;
  const control = `${bpb(found.controlGain)} ± ${bpb(found.controlError)} on the control text`;
  const score = bpb(meanBpb(candidate));
  return `${score}: gain ${validation}, ${control}, which the noise of both does not explain: a gain on one text alone is not kept`;
}

function opening(candidate: readonly ScoredRun[], replicates: number): Decision {
  if (candidate.length < replicates) return MORE;
  const first = `${bpb(meanBpb(candidate))}, the first score of the study`;
  if (candidate.length === 1) return { ...MORE, verdict: "keep", reason: first };
  const { deviation } = noiseOf({ candidate, incumbent: [], others: [], bytes: [] });
  const noise = `${candidate.length} seeds differ by ${bpb(deviation)} (standard deviation)`;
  return { ...MORE, verdict: "keep", reason: `${first}; ${noise}` };
}

function reasonOf(
  { candidate, incumbent }: Contest,
  { gain, standardError, better }: Evidence,
  verdict: "keep" | "discard",
  less: number,
  settings: PairedSettings,
): string {
  const how = gain > 0 ? "lower" : "higher";
  const size = `${bpb(Math.abs(gain))} ± ${bpb(standardError)}`;
  const runs = candidate.length === 1 ? "1 run" : `${candidate.length} runs`;
  const said = `${bpb(meanBpb(candidate))} is ${size} ${how} than the incumbent's ${bpb(meanBpb(incumbent))}`;
  const found = `${said}: P(better) ${better.toFixed(3)} after ${runs}`;
  const simpler = less >= SIMPLER && (better < LAST_KEEP || gain < settings.minimumGain);
  if (verdict === "keep") {
    return simpler ? `${found}; equal within the noise, with ${percent(less)} less code` : found;
  }
  if (gain <= 0) return found;
  return gain < settings.minimumGain
    ? `${found}; less than the minimum gain of ${settings.minimumGain}`
    : `${found}, which is not enough`;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

type Groups = Pick<Contest, "candidate" | "incumbent" | "others" | "bytes">;

/** The spread between seeds, from all groups of runs of the contest. */
export function noiseOf({ candidate, incumbent, others, bytes }: Groups): SeedNoise {
  return seedNoise([candidate, incumbent, ...others].map((runs) => weighed(runs, bytes)));
}

export function evidenceOf(contest: Groups): Weighed {
  const { candidate, incumbent, bytes } = contest;
  const noise = noiseOf(contest);
  return { ...weigh(weighed(candidate, bytes), weighed(incumbent, bytes), noise), noise };
}

/** Runs with the weights of their chunks: equal weights in a study from before chunks had bytes. */
function weighed(runs: readonly ScoredRun[], bytes: readonly number[]): WeighedRun[] {
  return runs.map(({ chunks }) => ({
    chunks,
    bytes: bytes.length === chunks.length ? bytes : chunks.map(() => 1),
  }));
}

/** A score as the page and the commits write it. */
export const bpb = (value: number): string => value.toFixed(4);
