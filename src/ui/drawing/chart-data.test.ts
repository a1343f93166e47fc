import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Baselines, ExperimentStatus, ExperimentView } from "../../research/index.ts";
import { BLANK_EXPERIMENT } from "../fixtures/blank-experiment.ts";
import { WHOLE_CHART, type ChartView } from "../state/chart-view.ts";
import { chartData, numberTicks, ticksOf } from "./chart-data.ts";
import { labelShifts } from "./labels.ts";

const baselines: Baselines = { uniform: 8, unigram: 4.8, bigram: 3.6, order5: 2.4, gzip: 3.1 };

const CLOSE = WHOLE_CHART;
const WHOLE: ChartView = { ...WHOLE_CHART, range: "whole" };

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
        experiment(1, "discard", 1.5), // a discarded score does not lower the frontier
        experiment(2, "keep", 1.9),
        experiment(3, "crash", null),
      ],
      null,
      CLOSE,
    );
    expect(data.frontier.map((p) => [p.number, p.frontier])).toEqual([
      [0, 2.0],
      [2, 1.9],
      [3, 1.9], // the frontier continues to the newest experiment
    ]);
  });
  it("draws the noise around the frontier, inside the range", () => {
    const list = [experiment(0, "keep", 2), experiment(1, "discard", 2.005), experiment(2, "keep", 1.97)];
    const noisy = chartData(list, null, CLOSE, { deviation: 0.004 });
    const bands = noisy.frontier.map((p) => p.band?.map((v) => Number(v.toFixed(6))));
    expect(bands).toEqual([
      [1.992, 2.008],
      [1.962, 1.978],
    ]);
    expect(noisy.scores.low).toBeLessThan(1.962);
    expect(noisy.scores.high).toBeGreaterThan(2.008);
    expect(chartData(list, null, CLOSE).frontier.every((p) => p.band === null)).toBe(true);
  });
  it("puts experiments without a score on the floor, inside the range", () => {
    const data = chartData([experiment(0, "keep", 2), experiment(1, "invalid", null)], null, CLOSE);
    const mark = data.points[1];
    expect(mark?.valBpb).toBeNull();
    expect(mark?.y).toBeGreaterThan(data.scores.low);
    expect(mark?.y).toBeLessThan(2);
  });
  it("pins scores far above the start to the edge instead of squeezing the frontier", () => {
    const list = [
      experiment(0, "keep", 2),
      experiment(1, "keep", 1.9),
      experiment(2, "discard", 7),
      experiment(3, "discard", 1.95),
    ];
    const close = chartData(list, null, CLOSE);
    expect(close.scores.high).toBeLessThan(2.1);
    expect(close.points[2]?.pinned).toBe(true);
    expect(close.points[2]?.y).toBeLessThan(close.scores.high);
    const whole = chartData(list, null, WHOLE);
    expect(whole.points[2]).toMatchObject({ pinned: false, y: 7 });
  });
  it("labels baselines in range and names the others", () => {
    const one = chartData([experiment(0, "keep", 4.2)], baselines, CLOSE);
    expect(one.inRange.map((l) => l.label)).toEqual(["unigram"]);
    expect(one.above.map((l) => l.label)).toEqual(["uniform"]);
    expect(one.below.map((l) => l.label)).toEqual(["bigram", "gzip", "order-5"]);
  });
  it("shows the ruler before anything is scored", () => {
    const empty = chartData([], baselines, CLOSE);
    expect(empty.points).toEqual([]);
    expect(empty.inRange.map((l) => l.label)).toEqual(["unigram", "bigram", "gzip", "order-5"]);
  });
  it("keeps every mark inside the range for any scores", () => {
    const status = fc.constantFrom<ExperimentStatus>("keep", "discard", "crash", "invalid");
    const score = fc.double({ min: 0.1, max: 12, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(status, score), { maxLength: 40 }), fc.boolean(), (rows, whole) => {
        const list = rows.map(([s, v], i) => experiment(i, s, s === "crash" || s === "invalid" ? null : v));
        const { points, scores } = chartData(list, baselines, whole ? WHOLE : CLOSE);
        expect(scores.high).toBeGreaterThan(scores.low);
        for (const p of points) {
          expect(p.y).toBeGreaterThanOrEqual(scores.low);
          expect(p.y).toBeLessThanOrEqual(scores.high);
        }
      }),
    );
  });
  it("moves labels apart that would overlap, and no others", () => {
    expect(labelShifts([0.2, 0.5, 0.8], 0.1)).toEqual([0, 0, 0]);
    const [first, second] = labelShifts([0.5, 0.51], 0.1);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(0.09);
  });
  it("ticks at round values", () => {
    const axis = (low: number, high: number, log = false) => ({ low, high, log, origin: 1 });
    expect(ticksOf(1.93, 2.07, 5)).toEqual([1.95, 2, 2.05]);
    expect(ticksOf(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(numberTicks(axis(-0.5, 3.5), 8)).toEqual([0, 1, 2, 3]);
    expect(numberTicks(axis(-0.5, 125.5), 8)).toEqual([0, 20, 40, 60, 80, 100, 120]);
    expect(numberTicks(axis(102.2, 107.5), 8)).toEqual([103, 104, 105, 106, 107]);
    expect(numberTicks(axis(-0.5, 2000.5, true), 12)).toEqual([
      0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000,
    ]);
    expect(numberTicks(axis(-0.5, 2000.5, true), 5)).toEqual([0, 1, 10, 100, 1000]);
    expect(numberTicks(axis(1400, 2000, true), 4)).toEqual([1400, 1600, 1800, 2000]);
  });
});

describe("a window of the chart", () => {
  const list = [
    experiment(0, "keep", 3),
    experiment(1, "discard", 3.2),
    experiment(2, "keep", 2),
    ...Array.from({ length: 20 }, (_, i) => experiment(3 + i, "discard", 2.01 + 0.001 * i)),
    experiment(23, "keep", 1.9),
    experiment(24, "crash", null),
  ];
  const window = (low: number, high: number): ChartView => ({
    ...CLOSE,
    window: { numbers: [low, high], scores: null },
  });
  it("shows its experiments alone, and the frontier as it enters and leaves", () => {
    const data = chartData(list, null, window(9.5, 15.5));
    expect(data.points.map((p) => p.number)).toEqual([10, 11, 12, 13, 14, 15]);
    expect(data.frontier.map((p) => [p.number, p.frontier])).toEqual([
      [9.5, 2],
      [15.5, 2],
    ]);
  });
  it("fits the score axis to the experiments shown", () => {
    const { scores } = chartData(list, null, window(9.5, 15.5));
    expect(scores.low).toBeGreaterThan(1.95);
    expect(scores.high).toBeLessThan(2.1);
  });
  it("follows the newest experiment at an open end", () => {
    expect(chartData(list, null, window(20, Infinity)).points.at(-1)?.number).toBe(24);
  });
  it("leaves out experiments outside a box", () => {
    const view: ChartView = { ...CLOSE, window: { numbers: [-0.5, 5.5], scores: [2.5, 3.1] } };
    expect(chartData(list, null, view).points.map((p) => p.number)).toEqual([0]);
  });
});
