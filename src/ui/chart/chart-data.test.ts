import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Baselines, ExperimentStatus, ExperimentView } from "../../research/index.ts";
import { BLANK_EXPERIMENT } from "../fixtures/blank-experiment.ts";
import { chartData, labelShifts, numberTicks, ticksOf } from "./chart-data.ts";

const baselines: Baselines = { uniform: 8, unigram: 4.8, bigram: 3.6, order5: 2.4, gzip: 3.1 };

const experiment = (number: number, status: ExperimentStatus, valBpb: number | null): ExperimentView => ({
  ...BLANK_EXPERIMENT,
  number,
  commit: `c${number}`,
  status,
  valBpb,
});

describe("the progress chart's data", () => {
  it("draws the frontier through kept experiments only", () => {
    const data = chartData(
      [
        experiment(0, "keep", 2.0),
        experiment(1, "discard", 1.5), // a lower score that was not kept is not the frontier
        experiment(2, "keep", 1.9),
        experiment(3, "crash", null),
      ],
      null,
      "close",
    );
    expect(data.frontier.map((p) => [p.number, p.frontier])).toEqual([
      [0, 2.0],
      [2, 1.9],
      [3, 1.9], // it goes on to the newest experiment
    ]);
  });
  it("draws the noise around the frontier, inside the range", () => {
    const list = [experiment(0, "keep", 2), experiment(1, "discard", 2.005), experiment(2, "keep", 1.97)];
    const noisy = chartData(list, null, "close", { deviation: 0.004 });
    const bands = noisy.frontier.map((p) => p.band?.map((v) => Number(v.toFixed(6))));
    expect(bands).toEqual([
      [1.992, 2.008],
      [1.962, 1.978],
    ]);
    expect(noisy.range[0]).toBeLessThan(1.962);
    expect(noisy.range[1]).toBeGreaterThan(2.008);
    expect(chartData(list, null, "close").frontier.every((p) => p.band === null)).toBe(true);
  });
  it("puts what has no score on the floor, inside the range", () => {
    const data = chartData([experiment(0, "keep", 2), experiment(1, "invalid", null)], null, "close");
    const mark = data.points[1];
    expect(mark?.valBpb).toBeNull();
    expect(mark?.y).toBeGreaterThan(data.range[0]);
    expect(mark?.y).toBeLessThan(2);
  });
  it("pins scores far above the start to the edge instead of squeezing the frontier", () => {
    const list = [
      experiment(0, "keep", 2),
      experiment(1, "keep", 1.9),
      experiment(2, "discard", 7),
      experiment(3, "discard", 1.95),
    ];
    const close = chartData(list, null, "close");
    expect(close.range[1]).toBeLessThan(2.1);
    expect(close.points[2]?.pinned).toBe(true);
    expect(close.points[2]?.y).toBeLessThan(close.range[1]);
    const whole = chartData(list, null, "whole");
    expect(whole.points[2]).toMatchObject({ pinned: false, y: 7 });
  });
  it("labels baselines in range and names the others", () => {
    const one = chartData([experiment(0, "keep", 4.2)], baselines, "close");
    expect(one.inRange.map((l) => l.label)).toEqual(["unigram"]);
    expect(one.above.map((l) => l.label)).toEqual(["uniform"]);
    expect(one.below.map((l) => l.label)).toEqual(["bigram", "gzip", "order-5"]);
  });
  it("shows the ruler before anything is scored", () => {
    const empty = chartData([], baselines, "close");
    expect(empty.points).toEqual([]);
    expect(empty.inRange.map((l) => l.label)).toEqual(["unigram", "bigram", "gzip", "order-5"]);
  });
  it("keeps every mark inside the range, whatever the scores", () => {
    const status = fc.constantFrom<ExperimentStatus>("keep", "discard", "crash", "invalid");
    const score = fc.double({ min: 0.1, max: 12, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(status, score), { maxLength: 40 }), fc.boolean(), (rows, whole) => {
        const list = rows.map(([s, v], i) => experiment(i, s, s === "crash" || s === "invalid" ? null : v));
        const { points, range } = chartData(list, baselines, whole ? "whole" : "close");
        expect(range[1]).toBeGreaterThan(range[0]);
        for (const p of points) {
          expect(p.y).toBeGreaterThanOrEqual(range[0]);
          expect(p.y).toBeLessThanOrEqual(range[1]);
        }
      }),
    );
  });
  it("moves labels apart that would overlap, and no others", () => {
    expect(labelShifts([8, 5, 2], [0, 10], 0.1)).toEqual([0, 0, 0]);
    const [first, second] = labelShifts([5, 4.9], [0, 10], 0.1);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(0.09);
  });
  it("ticks at round values", () => {
    expect(ticksOf(1.93, 2.07, 5)).toEqual([1.95, 2, 2.05]);
    expect(ticksOf(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(numberTicks(3, 8)).toEqual([0, 1, 2, 3]);
    expect(numberTicks(125, 8)).toEqual([0, 20, 40, 60, 80, 100, 120]);
  });
});
