// Metrics besides the score: guards, which must not get worse, and the marks of a view of two metrics.
import { type BrokenGuard, type Contest, evidenceOf, type Rule, type ScoredRun } from "./verdict.ts";

/** A metric that an arena names. */
export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly direction: "lower" | "higher";
}

/** A guard is broken when it is worse with at least this probability: the noise alone seldom says so. */
const BROKEN = 0.9;

/** Runs whose score is a metric's loss, so that lower is better; null where some run has no such metric. */
export function byMetric(
  runs: readonly ScoredRun[],
  { name, direction }: Metric,
): readonly ScoredRun[] | null {
  const sign = direction === "lower" ? 1 : -1;
  const found = runs.flatMap(({ seed, metrics }) => {
    const chunks = metrics?.[name]?.map((value) => sign * value);
    return chunks === undefined ? [] : [{ seed, chunks, valBpb: 0 }];
  });
  return found.length === runs.length && found.length > 0 ? found : null;
}

/** The mean of a metric over these runs, in its own direction; null where they have none. */
export function meanMetric(
  runs: readonly ScoredRun[],
  name: string,
  bytes: readonly number[],
): number | null {
  const lists = runs.flatMap(({ metrics }) => metrics?.[name] ?? []);
  const count = runs[0]?.metrics?.[name]?.length ?? 0;
  if (count === 0) return null;
  const weight = (i: number) => (bytes.length === count ? bytes[i % count] : 1);
  const total = lists.reduce((sum, _, i) => sum + weight(i), 0);
  return lists.reduce((sum, value, i) => sum + weight(i) * value, 0) / total;
}

/** The first guard that the candidate makes worse than the incumbent, or than the study's first candidate. */
export function brokenGuard(contest: Contest, guards: readonly Metric[]): BrokenGuard | null {
  const { candidate, bytes, others } = contest;
  for (const guard of guards)
    // Against the first candidate too: small losses, each within the noise, must not add up.
    for (const before of [contest.incumbent, contest.first ?? []]) {
      const [now, then] = [byMetric(candidate, guard), byMetric(before, guard)];
      if (now === null || then === null) continue;
      const known = others.map((runs) => byMetric(runs, guard) ?? []);
      const groups = { candidate: now, incumbent: then, others: known, bytes };
      const { gain, standardError, better } = evidenceOf(groups);
      if (gain < 0 && 1 - better >= BROKEN) return { name: guard.name, worse: -gain, standardError };
    }
  return null;
}

/** The same rule, except that it discards a candidate that makes a guard worse. */
export function guarded(rule: Rule, guards: readonly Metric[]): Rule {
  return {
    name: rule.name,
    decide(contest) {
      const decision = rule.decide(contest);
      if (decision.verdict !== "keep" || contest.incumbent.length === 0) return decision;
      const guard = brokenGuard(contest, guards);
      if (guard === null) return decision;
      const size = `${guard.worse.toPrecision(3)} ± ${guard.standardError.toPrecision(3)}`;
      const reason = `${decision.reason}; but the guard ${guard.name} is ${size} worse, and must not get worse`;
      return { ...decision, verdict: "discard", reason, guard };
    },
  };
}

export type Mark = "frontier" | "dominated" | "undecided";

/** The probability from which one of two candidates counts as better in a metric. */
const SURE = 0.95;

/**
 * The mark of each candidate by two losses, lower is better. Dominated: another is better in one beyond the noise and
 * no worse in the other. Undecided: another is better in both only within the noise. A null stays null.
 */
export function marksOf(
  candidates: readonly (readonly [first: readonly ScoredRun[], second: readonly ScoredRun[]] | null)[],
  bytes: readonly number[],
): readonly (Mark | null)[] {
  const means = candidates.map((one) => one && ([meanOf(one[0], bytes), meanOf(one[1], bytes)] as const));
  const noLess = (a: number, b: number) => {
    const [x, y] = [means[a], means[b]];
    return x !== null && y !== null && x[0] <= y[0] && x[1] <= y[1] && (x[0] < y[0] || x[1] < y[1]);
  };
  const numbers = candidates.flatMap((one, i) => (one === null ? [] : [i]));
  // Only these can be better than another in both.
  const front = numbers.filter((i) => !numbers.some((j) => noLess(j, i)));
  const noise = [0, 1].map((axis) => candidates.flatMap((one) => (one === null ? [] : [one[axis]])));
  const better = (b: readonly ScoredRun[], a: readonly ScoredRun[], axis: 0 | 1) => {
    if (JSON.stringify(a) === JSON.stringify(b)) return 0.5;
    const others = noise[axis].filter((runs) => runs !== a && runs !== b);
    return evidenceOf({ candidate: b, incumbent: a, others, bytes }).better;
  };
  return candidates.map((one, i) => {
    if (one === null) return null;
    let mark: Mark = "frontier";
    for (const j of front) {
      const other = candidates[j];
      if (j === i || other === null) continue;
      const sure = [better(other[0], one[0], 0), better(other[1], one[1], 1)];
      if (sure.some((p) => p <= 1 - SURE) || sure.every((p) => p <= 0.5)) continue;
      if (noLess(j, i) && sure.some((p) => p >= SURE)) return "dominated";
      mark = "undecided";
    }
    return mark;
  });
}

function meanOf(runs: readonly ScoredRun[], bytes: readonly number[]): number {
  const list = runs.flatMap(({ chunks }) => chunks);
  const weight = (i: number) => bytes[i % bytes.length] ?? 1;
  const total = list.reduce((sum, _, i) => sum + weight(i), 0);
  return list.reduce((sum, value, i) => sum + weight(i) * value, 0) / total;
}
