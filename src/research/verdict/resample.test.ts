import { describe, expect, it } from "vitest";
import { score } from "./evidence.ts";
import { RECORDED, RECORDED_BYTES } from "./testing/recorded.ts";
import { DEALT, resample } from "./testing/resample.ts";

const runs = RECORDED.map((chunks) => ({ chunks, bytes: RECORDED_BYTES }));

describe("the proof by recorded runs", () => {
  it("has enough of them, and they differ", () => {
    expect(runs.length).toBeGreaterThanOrEqual(2 * DEALT);
    expect(new Set(runs.map(score)).size).toBe(runs.length);
  });
  it("keeps at most one identical candidate in twenty; Karpathy's rule keeps half", () => {
    const trials = 3000;
    const ours = resample(runs, trials, "ours", 3).kept / trials;
    const karpathy = resample(runs, trials, "karpathy", 3).kept / trials;
    expect(ours).toBeLessThanOrEqual(0.05);
    expect(Math.abs(karpathy - 0.5)).toBeLessThan(0.03);
  });
});
