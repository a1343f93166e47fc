import { describe, expect, it } from "vitest";
import { weighControl } from "./control.ts";
import { simulate, TYPICAL } from "./testing/simulate.ts";

/** Two runs on a text of `chunks` chunks: the candidate is lower by `gain`, alternately plus and minus `wobble`. */
const pair = (gain: number, wobble = 0.01, chunks = 40) => {
  const bytes = Array.from({ length: chunks }, () => 100);
  const incumbent = bytes.map((_, i) => 2 + (i % 7) / 10);
  const candidate = incumbent.map((c, i) => c - gain + (i % 2 === 0 ? wobble : -wobble));
  return { candidate: { chunks: candidate, bytes }, incumbent: { chunks: incumbent, bytes } };
};
const judge = (validation: number, control: number, wobble = 0.01, chunks = 40) =>
  weighControl(pair(validation, wobble, chunks), pair(control, wobble, chunks));

describe("the control text", () => {
  it("contradicts a gain that is not there, and tells both with their errors", () => {
    const found = judge(1.73, -0.02);
    expect(found.contradicted).toBe(true);
    expect(found.validationGain).toBeCloseTo(1.73, 12);
    expect(found.controlGain).toBeCloseTo(-0.02, 12);
    // s / √m of a wobble of ± 0.01 over 40 chunks
    expect(found.controlError).toBeCloseTo((0.01 * Math.sqrt(40 / 39)) / Math.sqrt(40), 12);
    expect(found.validationError).toBeCloseTo(found.controlError, 12);
  });
  it("does not contradict a gain that is confirmed by more than half, or uncertain within the noise", () => {
    expect(judge(0.02, 0.02).contradicted).toBe(false);
    expect(judge(0.02, 0.011).contradicted).toBe(false);
    expect(judge(0.02, 0.01).chance).toBeCloseTo(0.5, 6);
    expect(judge(0.02, 0.0).contradicted).toBe(true);
    expect(judge(0.02, 0.0, 0.1).contradicted).toBe(false);
    expect(judge(0.02, 0.1).contradicted).toBe(false);
  });
  it("contradicts an equal score on one text that is a loss on the other", () => {
    expect(judge(-0.001, -0.002).contradicted).toBe(false);
    expect(judge(-0.001, -0.5).contradicted).toBe(true);
    expect(judge(0, -0.5).contradicted).toBe(true);
  });
  it("contradicts nothing on a text of one chunk", () => {
    expect(judge(1, -1, 0.01, 1)).toMatchObject({ chance: 1, contradicted: false });
  });
  it("has the chance of Student's t", () => {
    // ½ · 0.02 missing on the control text: t = 0.01 / (s/√m · √(¼ + 1)), the two errors by Welch and Satterthwaite
    const { chance } = judge(0.02, 0.0);
    expect(chance).toBeGreaterThan(1e-8);
    expect(chance).toBeLessThan(1e-5);
  });
});

describe("the proof by simulation", () => {
  const trials = 400;
  const played = (sigmas: number, share: number, chunks = 200) =>
    simulate({ ...TYPICAL, control: { chunks, share } }, sigmas * TYPICAL.seedDeviation, trials, "ours", 11);

  it("refuses hardly any gain that the control text has", () => {
    for (const [sigmas, share] of [
      ...[0, 1, 2, 4, 16].map((gain) => [gain, 1] as const),
      ...[2, 4, 16].map((gain) => [gain, 0.75] as const),
    ])
      expect(played(sigmas, share).contradicted, `${sigmas} σ, ${share} of it there`).toBeLessThanOrEqual(2);
  });
  it("refuses most gains that the control text lacks, and every large one", () => {
    expect(played(4, 0).contradicted).toBeGreaterThan(0.7 * trials);
    expect(played(16, 0).contradicted).toBe(trials);
    expect(played(16, 0, 40).contradicted).toBe(trials);
    expect(played(16, 0.25).contradicted).toBeGreaterThan(0.95 * trials);
  });
  it("does not change the rule's keeps", () => {
    for (const sigmas of [0, 2]) {
      const alone = simulate(TYPICAL, sigmas * TYPICAL.seedDeviation, trials, "ours", 11);
      const beside = played(sigmas, 1);
      expect({ ...beside, contradicted: 0 }).toEqual(alone);
    }
  });
});
