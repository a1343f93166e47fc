// Guards and the marks of two metrics.
import { describe, expect, it } from "vitest";
import { uniform } from "../../random.ts";
import { brokenGuard, byMetric, guarded, marksOf, meanMetric, type Metric } from "./metrics.ts";
import { type Contest, pairedRule, type ScoredRun } from "./verdict.ts";

const random = uniform("metrics.test");
const CHUNKS = 30;
const size: Metric = { name: "size", unit: "kB", direction: "lower" };
const recall: Metric = { name: "recall", unit: "share", direction: "higher" };

/** A run whose chunks and metrics lie around these means. */
function run(seed: number, score: number, metrics: Record<string, number>, spread = 0.01): ScoredRun {
  const around = (mean: number) =>
    Array.from({ length: CHUNKS }, (_, j) => mean + j + spread * (random() - 0.5));
  const chunks = around(score);
  return {
    seed,
    chunks,
    valBpb: chunks.reduce((sum, chunk) => sum + chunk, 0) / CHUNKS,
    metrics: Object.fromEntries(Object.entries(metrics).map(([name, mean]) => [name, around(mean)])),
  };
}
const runs = (score: number, metrics: Record<string, number>) =>
  [1, 2, 3].map((seed) => run(seed, score, metrics));
const contest = (candidate: readonly ScoredRun[], incumbent: readonly ScoredRun[]): Contest => ({
  candidate,
  incumbent,
  bytes: [],
  others: [],
  code: { candidate: 1, incumbent: 1 },
});

describe("a guard", () => {
  const rule = guarded(pairedRule({ replicates: 3, cap: 3, minimumGain: 0 }), [size, recall]);
  const before = runs(2, { size: 10, recall: 0.8 });

  it("that holds lets a better candidate be kept", () => {
    const decision = rule.decide(contest(runs(1.9, { size: 9.9, recall: 0.9 }), before));
    expect(decision).toMatchObject({ verdict: "keep" });
    expect(decision).not.toHaveProperty("guard");
  });

  it.each([
    ["size", { size: 10.1, recall: 0.9 }],
    ["recall", { size: 9.9, recall: 0.7 }],
  ])("%s that got worse refuses it, by name", (name, metrics) => {
    const decision = rule.decide(contest(runs(1.9, metrics), before));
    expect(decision).toMatchObject({ verdict: "discard", guard: { name } });
    expect(decision.guard?.worse).toBeCloseTo(0.1, 1);
    expect(decision.reason).toMatch(
      new RegExp(`; but the guard ${name} is 0\\.\\d+ ± 0\\.\\d+ worse, and must`),
    );
  });

  it("says nothing about a candidate that is not better anyway", () => {
    const decision = rule.decide(contest(runs(2.1, { size: 99, recall: 0 }), before));
    expect(decision.verdict).toBe("discard");
    expect(decision.reason).not.toContain("guard");
  });

  it("does not drift: a candidate is compared with the first one too", () => {
    const now = runs(1.9, { size: 10.04, recall: 0.8 });
    const incumbent = runs(2, { size: 10.04, recall: 0.8 });
    const calm = contest(now, incumbent);
    expect(brokenGuard({ ...calm, first: runs(3, { size: 10, recall: 0.8 }) }, [size])?.name).toBe("size");
  });

  it("of equal candidates is seldom broken", () => {
    let broken = 0;
    for (let i = 0; i < 200; i++)
      if (brokenGuard(contest(runs(2, { size: 10 }), runs(2, { size: 10 })), [size]) !== null) broken++;
    expect(broken).toBeLessThan(40);
  });

  it("without its metric in a run decides nothing", () => {
    const none = before.map(({ seed, chunks, valBpb }) => ({ seed, chunks, valBpb }));
    expect(byMetric(none, size)).toBeNull();
    expect(brokenGuard(contest(runs(2, { size: 99 }), none), [size])).toBeNull();
  });
});

describe("the mean of a metric", () => {
  it("weighs chunks as the score does, in the metric's own direction", () => {
    const one = { seed: 1, valBpb: 0, chunks: [0, 0], metrics: { recall: [1, 4] } };
    expect(meanMetric([one, one], "recall", [1, 2])).toBe(3);
    expect(meanMetric([one], "recall", [])).toBe(2.5);
    expect(meanMetric([one], "size", [])).toBeNull();
    expect(meanMetric([], "size", [])).toBeNull();
  });
});

describe("marks", () => {
  const point = (first: number, second: number) => {
    const all = runs(first, { size: second });
    return [all, byMetric(all, size) ?? []] as const;
  };

  it("are frontier where no other is better in both, and dominated where one is", () => {
    const marks = marksOf([point(1, 3), point(2, 2), point(3, 1), point(2.5, 2.5), null], []);
    expect(marks).toEqual(["frontier", "frontier", "frontier", "dominated", null]);
  });

  it("are undecided where another is better only within the noise", () => {
    const wide = (first: number, second: number) => {
      const all = [1, 2, 3].map((seed) => run(seed, first, { size: second }, 3));
      return [all, byMetric(all, size) ?? []] as const;
    };
    const [a, b] = [wide(2, 2), wide(2.02, 2.02)];
    expect(marksOf([a, b], [])).toContain("undecided");
    expect(marksOf([a, b], [])).not.toContain("dominated");
  });

  it("leave copies of one candidate on the frontier", () => {
    const one = point(1, 1);
    expect(marksOf([one, one], [])).toEqual(["frontier", "frontier"]);
  });
});
