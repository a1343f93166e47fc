import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { incompleteBeta, logGamma, normalCdf, studentCdf } from "./distributions.ts";
import { score, seedNoise, weigh, type WeighedRun } from "./evidence.ts";
import { decide } from "./rule.ts";
import { simulate, TYPICAL } from "./testing/simulate.ts";

const even = (chunks: readonly number[]): WeighedRun => ({ chunks, bytes: chunks.map(() => 100) });

describe("distributions", () => {
  it("agree with tables", () => {
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 12);
    expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 10);
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(-3)).toBeCloseTo(0.0013498980316300933, 12);
    expect(normalCdf(0.5)).toBeCloseTo(0.6914624612740131, 12);
    expect(studentCdf(12.706204736432095, 1)).toBeCloseTo(0.975, 10);
    expect(studentCdf(2.919985580355516, 2)).toBeCloseTo(0.95, 10);
    expect(studentCdf(-1.8124611228107335, 10)).toBeCloseTo(0.05, 10);
    expect(incompleteBeta(0.3, 2, 5)).toBeCloseTo(0.579825, 6);
  });
  it("are symmetric, rising, and meet the normal", () => {
    fc.assert(
      fc.property(
        fc.double({ min: -8, max: 8, noNaN: true }),
        fc.double({ min: 0.6, max: 400, noNaN: true }),
        (t, v) => {
          expect(studentCdf(t, v) + studentCdf(-t, v)).toBeCloseTo(1, 10);
          expect(studentCdf(t + 0.1, v)).toBeGreaterThanOrEqual(studentCdf(t, v));
          expect(Math.abs(studentCdf(t, 1e5) - normalCdf(t))).toBeLessThan(1e-4);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe("evidence", () => {
  it("weighs chunks by their bytes", () => {
    expect(score({ chunks: [1, 3], bytes: [300, 100] })).toBeCloseTo(1.5, 12);
  });
  it("pools seeds within groups only", () => {
    const noise = seedNoise([
      [even([1, 1]), even([3, 3])],
      [even([10, 10]), even([10, 10])],
      [even([99, 99])],
    ]);
    expect(noise).toEqual({ deviation: 1, degrees: 2 });
    expect(seedNoise([])).toEqual({ deviation: 0, degrees: 0 });
  });
  it("cancels the text's difficulty, which both runs share, and adds the noise of the seeds", () => {
    const hard = [1, 2, 3, 4];
    const noise = { deviation: 0.01, degrees: 4 };
    const paired = weigh([even(hard.map((c) => c - 0.1))], [even(hard)], noise);
    expect(paired.gain).toBeCloseTo(0.1, 12);
    expect(paired.textError).toBeCloseTo(0, 12);
    expect(paired.standardError).toBeCloseTo(0.01 * Math.SQRT2, 12);
    expect(weigh([even(hard)], [even(hard)], noise).better).toBeCloseTo(0.5, 12);
  });
  it("has the paired t test's error when seeds are silent", () => {
    const d = [0.1, 0.3, 0.2, 0.4];
    const found = weigh([even(d.map((x) => 5 - x))], [even(d.map(() => 5))], { deviation: 0, degrees: 0 });
    expect(found.standardError).toBeCloseTo(Math.sqrt(0.05 / 3) / 2, 10); // s / √m with s² = 0.05/3
    expect(found.degrees).toBeCloseTo(3, 8);
  });
  it("is symmetric: P(a beats b) + P(b beats a) = 1", () => {
    const chunks = fc.array(fc.double({ min: 0.5, max: 5, noNaN: true }), { minLength: 5, maxLength: 5 });
    fc.assert(
      fc.property(chunks, chunks, (a, b) => {
        const noise = { deviation: 0.1, degrees: 3 };
        expect(
          weigh([even(a)], [even(b)], noise).better + weigh([even(b)], [even(a)], noise).better,
        ).toBeCloseTo(1, 9);
      }),
    );
  });
});

describe("the rule", () => {
  const evidence = (gain: number, better: number) => ({
    gain,
    better,
    standardError: 1,
    textError: 1,
    seedError: 0,
    degrees: 9,
  });
  it("keeps certain gains, drops unlikely ones, measures the others again, and ends", () => {
    expect(decide(evidence(0.01, 0.999), 1)).toBe("keep");
    expect(decide(evidence(-0.01, 0.1), 1)).toBe("discard");
    expect(decide(evidence(0.001, 0.8), 1)).toBe("replicate");
    expect(decide(evidence(0.001, 0.97), 3)).toBe("keep");
    expect(decide(evidence(0.001, 0.94), 3)).toBe("discard");
  });
  it("keeps much shorter code at the last look when its score is not worse", () => {
    expect(decide(evidence(0.0001, 0.55), 3, undefined, true)).toBe("keep");
    expect(decide(evidence(-0.0001, 0.41), 3, undefined, true)).toBe("keep");
    expect(decide(evidence(-0.001, 0.39), 3, undefined, true)).toBe("discard");
    expect(decide(evidence(0.0001, 0.55), 1, undefined, true)).toBe("replicate");
    expect(decide(evidence(0.0001, 0.999), 1, { cap: 3, minimumGain: 0.01 }, true)).toBe("keep");
  });
  it("never keeps a gain below the minimum", () => {
    expect(decide(evidence(0.0001, 1), 1, { cap: 3, minimumGain: 0.001 })).toBe("discard");
    expect(decide(evidence(0.0001, 1), 3, { cap: 3, minimumGain: 0.001 })).toBe("discard");
  });
});

describe("the proof by simulation", () => {
  const trials = 1500;
  const rate = (gain: number, rule: "ours" | "karpathy") =>
    simulate(TYPICAL, gain * TYPICAL.seedDeviation, trials, rule, 11).kept / trials;
  const error = (p: number) => 3 * Math.sqrt((p * (1 - p)) / trials);
  it("keeps at most one identical candidate in twenty, where Karpathy's rule keeps about half", () => {
    expect(rate(0, "ours")).toBeLessThanOrEqual(0.05 + error(0.05));
    expect(Math.abs(rate(0, "karpathy") - 0.5)).toBeLessThan(error(0.5));
  });
  it("holds against an incumbent of one run from another group, and against a lucky one", () => {
    const kept = (selectedFrom: number) =>
      simulate({ ...TYPICAL, selectedFrom }, 0, trials, "ours", 13).kept / trials;
    expect(kept(1)).toBeLessThanOrEqual(0.05 + error(0.05));
    expect(kept(10)).toBeLessThan(0.03);
  });
  it("keeps less code at an equal score, and hardly ever at a worse one", () => {
    const kept = (sigmas: number) =>
      simulate(TYPICAL, sigmas * TYPICAL.seedDeviation, trials, "ours", 17, undefined, true).kept / trials;
    expect(kept(0)).toBeGreaterThan(0.3);
    expect(kept(-1)).toBeLessThan(0.1 + error(0.1));
    expect(kept(-2)).toBeLessThan(0.02);
  });
  it("finds larger gains more often", () => {
    const [one, two, four] = [1, 2, 4].map((gain) => rate(gain, "ours"));
    expect(one).toBeGreaterThan(0.15);
    expect(two).toBeGreaterThan(0.5);
    expect(four).toBeGreaterThan(0.97);
  });
});
