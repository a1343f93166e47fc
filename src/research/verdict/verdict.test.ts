import { describe, expect, it } from "vitest";
import { type Contest, karpathyRule, pairedRule, type ScoredRun } from "./verdict.ts";

let seed = 0;
const run = (valBpb: number): ScoredRun => ({
  seed: seed++,
  valBpb,
  // All runs have the same pattern over the chunks: only the mean differs.
  chunks: [0.5, -0.5, 0.2, -0.2].map((hard) => valBpb + hard),
});
const runs = (...scores: number[]) => scores.map(run);

const contest = (given: Partial<Contest>): Contest => ({
  incumbent: [],
  candidate: [],
  bytes: [10, 10, 10, 10],
  others: [],
  code: { candidate: 100, incumbent: 100 },
  ...given,
});

const settings = { replicates: 3, cap: 3, minimumGain: 0 };
const rule = pairedRule(settings);
/** Seeds that move a score by 0.001. */
const others = [runs(2, 2.001, 1.999, 2.0005, 1.9995)];

describe("Karpathy's rule", () => {
  it("keeps a strictly lower score after one run, also within the noise", () => {
    const judge = (score: number) =>
      karpathyRule.decide(contest({ candidate: runs(score), incumbent: runs(2), others }));
    expect(judge(1.9999).verdict).toBe("keep");
    expect(judge(2).verdict).toBe("discard");
    expect(judge(1.9999).evidence?.better).toBeLessThan(0.6);
  });
});

describe("the paired rule", () => {
  it("measures the first train.ts under several seeds before its verdict", () => {
    expect(rule.decide(contest({ candidate: runs(2) })).verdict).toBe("replicate");
    expect(rule.decide(contest({ candidate: runs(2, 2.01) })).verdict).toBe("replicate");
    expect(rule.decide(contest({ candidate: runs(2, 2.01, 1.99) }))).toMatchObject({
      verdict: "keep",
      reason: "2.0000, the first score of the study; 3 seeds differ by 0.0100 (standard deviation)",
    });
  });
  it("keeps a clear win and drops a clear loss after one run, with the figures in the reason", () => {
    const judge = (score: number) =>
      rule.decide(contest({ candidate: runs(score), incumbent: runs(2), others }));
    expect(judge(1.98)).toMatchObject({ verdict: "keep" });
    expect(judge(1.98).reason).toMatch(
      /^1\.9800 is 0\.0200 ± 0\.0011 lower than the incumbent's 2\.0000: P\(better\) 1\.000 after 1 run$/,
    );
    expect(judge(2.01).verdict).toBe("discard");
    expect(judge(2.01).evidence?.better).toBeLessThan(0.01);
  });
  it("runs a near tie again, and at the cap keeps it only when it is likely enough", () => {
    const incumbent = runs(2, 2.0004, 1.9996);
    const judge = (...scores: number[]) =>
      rule.decide(contest({ candidate: runs(...scores), incumbent, others }));
    expect(judge(1.999).verdict).toBe("replicate");
    expect(judge(1.999, 2).verdict).toBe("replicate");
    expect(judge(1.9996, 2, 1.9998)).toMatchObject({ verdict: "discard" });
    expect(judge(1.9996, 2, 1.9998).reason).toContain("which is not enough");
    expect(judge(1.998, 1.9975, 1.9982).verdict).toBe("keep");
  });
  it("keeps nothing on one run while nothing is known of the noise", () => {
    const judge = (score: number) => rule.decide(contest({ candidate: runs(score), incumbent: runs(2) }));
    expect(judge(1.9)).toMatchObject({ verdict: "replicate" });
    expect(judge(2.1)).toMatchObject({ verdict: "discard" });
    const twice = contest({ candidate: runs(1.9, 1.9001), incumbent: runs(2, 2.0001) });
    expect(rule.decide(twice).verdict).toBe("keep");
  });
  it("never keeps a gain below the minimum, and says why", () => {
    const strict = pairedRule({ ...settings, minimumGain: 0.05 });
    const decision = strict.decide(contest({ candidate: runs(1.98), incumbent: runs(2), others }));
    expect(decision).toMatchObject({ verdict: "discard" });
    expect(decision.reason).toContain("less than the minimum gain of 0.05");
  });
  it("keeps an equal score with less code, as program.md says, but not a slightly worse score", () => {
    const incumbent = runs(2, 2.0004, 1.9996);
    const judge = (code: number, ...scores: number[]) =>
      rule.decide(
        contest({
          candidate: runs(...scores),
          incumbent,
          others,
          code: { candidate: code, incumbent: 100 },
        }),
      );
    expect(judge(100, 2, 2.0001, 1.9999).verdict).toBe("discard");
    expect(judge(90, 2, 2.0001, 1.9999)).toMatchObject({ verdict: "keep" });
    expect(judge(90, 2, 2.0001, 1.9999).reason).toContain("equal within the noise, with 10 % less code");
    expect(judge(99, 2, 2.0001, 1.9999).verdict).toBe("discard");
    expect(judge(90, 2.001, 2.001, 2.001).verdict).toBe("discard");
    expect(judge(50, 2.01).verdict).toBe("discard");
  });
  it("weighs chunks by their bytes", () => {
    const candidate = [{ seed: 1, valBpb: 2, chunks: [1, 3] }];
    const incumbent = [{ seed: 1, valBpb: 2, chunks: [2, 2] }];
    const { evidence } = rule.decide(contest({ candidate, incumbent, bytes: [300, 100], others: [] }));
    expect(evidence?.gain).toBeCloseTo(0.5, 12);
  });
});
