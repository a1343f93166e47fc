import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { disturbance, Drift, FACTORS } from "./disturbance.ts";

/** Reports every 200 ms; `speed` in tokens a millisecond at a share of the run. */
function drift(speed: (share: number) => number, reports = 200): number {
  const watch = new Drift();
  let tokens = 0;
  for (let i = 0; i < reports; i++) {
    tokens += 200 * speed(i / reports);
    watch.add(200 * i, tokens);
  }
  return watch.factor();
}

describe("drift", () => {
  it("is 1 for an even run at any speed", () => {
    expect(drift(() => 3)).toBeCloseTo(1, 6);
  });
  it("leaves a slow start out", () => {
    expect(drift((share) => (share < 0.02 ? 0.1 : 3))).toBeCloseTo(1, 6);
  });
  it("finds a slow quarter, wherever it is", () => {
    for (const from of [0, 0.25, 0.5, 0.75])
      expect(drift((share) => (share >= from && share < from + 0.25 ? 1 : 8))).toBeGreaterThan(5);
  });
  it("is 1 for a run of few reports, and infinite for one that stood still", () => {
    expect(drift(() => 1, 10)).toBe(1);
    expect(drift((share) => (share > 0.6 ? 0 : 1))).toBe(Infinity);
  });
  it("is at least 1 and never NaN", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 80 }), (speeds) => {
        const factor = drift((share) => speeds[Math.floor(share * speeds.length)] ?? 0, speeds.length);
        expect(factor).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});

describe("a disturbance", () => {
  it.each(["software", "desktop"] as const)("is reported beyond the factors of a %s adapter", (tier) => {
    const { pace, drift } = FACTORS[tier === "software" ? "software" : "hardware"];
    expect(disturbance(tier, 1, 0.99 * pace, 0.99 * drift)).toBe(null);
    expect(disturbance(tier, 0.99 * pace, 1, 1)).toBe(null);
    expect(disturbance(tier, 1, 1.01 * pace, 1)).toMatch(/times slower after the run than before/);
    expect(disturbance(tier, 1.01 * pace, 1, 1)).toMatch(/times faster after the run/);
    expect(disturbance(tier, 1, 1, 1.01 * drift)).toMatch(/slowed down by a factor/);
    expect(disturbance(tier, 1, 1, Infinity)).toMatch(/standstill/);
  });
});
