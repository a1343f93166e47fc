import { describe, expect, it } from "vitest";
import { columns, Curve, LossTrace, lossRange } from "./loss-trace.ts";

describe("a loss curve", () => {
  it("starts its running mean at the first loss", () => {
    const curve = new Curve();
    curve.add([[0.1, 7]]);
    expect(curve.smooth).toEqual([[0.1, 7]]);
    curve.add(Array.from({ length: 400 }, (_, i) => [0.2 + i * 0.1, 3] as const));
    expect(curve.smooth.at(-1)?.[1]).toBeCloseTo(3, 3);
  });
  it("leaves out points that cannot be drawn", () => {
    const curve = new Curve();
    curve.add([
      [1, 5],
      [2, NaN],
      [3, Infinity],
      [0.5, 4],
      [4, 5],
    ]);
    expect(curve.points.map((p) => p[0])).toEqual([1, 4]);
  });
  it("reads between points and nowhere else", () => {
    const curve = new Curve();
    curve.add([
      [1, 4],
      [3, 4],
    ]);
    expect(curve.at(2)).toBeCloseTo(4);
    expect(curve.at(1)).toBe(4);
    expect(curve.at(0.9)).toBeNull();
    expect(curve.at(3.1)).toBeNull();
    expect(new Curve().at(0)).toBeNull();
  });
});

describe("the live trace", () => {
  it("compares the current run with the incumbent at the same moment", () => {
    const trace = new LossTrace();
    trace.receive({ type: "incumbent", points: [...Array(101).keys()].map((i) => [i, 3] as const) });
    trace.receive({ type: "run", number: 4, budgetSeconds: 100 });
    expect(trace.gap()).toBeNull();
    trace.receive({ type: "points", points: [...Array(50).keys()].map((i) => [i, 2.5] as const) });
    expect(trace.gap()).toBeCloseTo(-0.5 / Math.LN2);
    expect(trace.gap(80)).toBeNull();
  });
  it("keeps the incumbent and forgets the last run when a new one begins", () => {
    const trace = new LossTrace();
    trace.receive({ type: "incumbent", points: [[1, 3]] });
    trace.receive({ type: "points", points: [[1, 2]] });
    let changes = 0;
    const unwatch = trace.watch(() => changes++);
    trace.receive({ type: "run", number: 5, budgetSeconds: 20 });
    expect(trace.current.points).toEqual([]);
    expect(trace.incumbent.points).toHaveLength(1);
    expect(changes).toBe(1);
    unwatch();
    trace.receive({ type: "points", points: [[2, 3]] });
    expect(changes).toBe(1);
  });
  it("cuts the first descent out of the range, never the end", () => {
    const curve = new Curve();
    curve.add([...Array(1000).keys()].map((i) => [i / 10, 2 + 5 * Math.exp(-i / 20)] as const));
    const [low, high] = lossRange([curve], 100);
    expect(high).toBeLessThan(6);
    expect(low).toBeLessThan(2.01);
    expect(lossRange([new Curve()], 100)).toEqual([0, 8]);
  });
  it("draws one column a pixel", () => {
    const many = [...Array(10_000).keys()].map((i) => [i / 100, i % 7] as const);
    const drawn = columns(many, 50, 100);
    expect(drawn.length).toBeLessThanOrEqual(51);
    expect(drawn[3]).toEqual([3, 0, 6]);
  });
});
