import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  boxed,
  numbersAxis,
  pan,
  panTo,
  shareOf,
  valueAt,
  WHOLE_CHART,
  zoom,
  type ChartView,
} from "./chart-view.ts";

const LAST = 99;
const shown = (view: ChartView) => {
  const { low, high } = numbersAxis(LAST, view);
  return [low, high].map((value) => Number(value.toFixed(6)));
};
const middle: ChartView = { ...WHOLE_CHART, window: { numbers: [40, 60], scores: null } };

describe("the window of the chart", () => {
  it("is all of it at first", () => {
    expect(shown(WHOLE_CHART)).toEqual([-0.5, 99.5]);
  });
  it("zooms around a place, and back out to all of it", () => {
    const near = zoom(WHOLE_CHART, LAST, 0.25, 0.5);
    expect(shown(near)).toEqual([12, 62]);
    expect(zoom(near, LAST, 0.5, 2.5)).toEqual(WHOLE_CHART);
  });
  it("does not zoom closer than four experiments", () => {
    let view = WHOLE_CHART;
    for (let i = 0; i < 50; i++) view = zoom(view, LAST, 0.5, 0.5);
    const [low = 0, high = 0] = shown(view);
    expect(high - low).toBeGreaterThanOrEqual(4);
    expect(high - low).toBeLessThan(8);
  });
  it("moves along the axis and stops at its ends", () => {
    expect(shown(pan(middle, LAST, 0.5))).toEqual([50, 70]);
    expect(shown(pan(middle, LAST, -9))).toEqual([-0.5, 19.5]);
    expect(shown(pan(middle, LAST, 9))).toEqual([79.5, 99.5]);
    expect(pan(WHOLE_CHART, LAST, 0.5)).toBe(WHOLE_CHART);
  });
  it("stays at the newest experiment when more come", () => {
    const end = pan(middle, LAST, 9);
    expect(numbersAxis(150, end).high).toBe(150.5);
  });
  it("moves to an experiment outside of it, and only then", () => {
    expect(panTo(middle, LAST, 50)).toBe(middle);
    for (const number of [0, 12, 61, 99]) {
      const [low = 0, high = 0] = shown(panTo(middle, LAST, number));
      expect(low).toBeLessThanOrEqual(number);
      expect(high).toBeGreaterThanOrEqual(number);
      expect(high - low).toBeCloseTo(20);
    }
  });
  it("takes the scores of a box with it", () => {
    const view = boxed(WHOLE_CHART, LAST, { numbers: [10, 30], scores: [1, 2] });
    expect(view.window).toEqual({ numbers: [10, 30], scores: [1, 2] });
    expect(boxed(WHOLE_CHART, LAST, { numbers: [10, 10.2], scores: [1, 2] })).toBe(WHOLE_CHART);
  });
  it("never leaves the experiments there are, on either axis", () => {
    const step = fc.oneof(
      fc.record({
        zoom: fc.double({ min: 0.2, max: 4, noNaN: true }),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      fc.record({ pan: fc.double({ min: -2, max: 2, noNaN: true }) }),
    );
    fc.assert(
      fc.property(fc.boolean(), fc.array(step, { maxLength: 12 }), (logNumbers, steps) => {
        let view: ChartView = { ...WHOLE_CHART, logNumbers };
        for (const one of steps)
          view = "zoom" in one ? zoom(view, LAST, one.at, one.zoom) : pan(view, LAST, one.pan);
        const axis = numbersAxis(LAST, view);
        expect(axis.low).toBeGreaterThanOrEqual(-0.5 - 1e-6);
        expect(axis.high).toBeLessThanOrEqual(99.5 + 1e-6);
        expect(axis.high - axis.low).toBeGreaterThan(3);
        expect(valueAt(axis, shareOf(axis, axis.high))).toBeCloseTo(axis.high);
      }),
    );
  });
});
