import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInside, ONE, overlap, units } from "./exact.ts";
import { evaluateCircles } from "./evaluate.ts";

const circle = (x: number, y: number, r: number) => ({ x: units(x), y: units(y), r: units(r) });

describe("exact arithmetic", () => {
  it("converts every double exactly", () => {
    expect(units(Number.MIN_VALUE)).toBe(1n);
    expect(units(-Number.MIN_VALUE)).toBe(-1n);
    expect(units(0)).toBe(0n);
    expect(units(1)).toBe(1n << 1074n);
    expect(units(2 ** -1022)).toBe(1n << 52n);
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -4, max: 4 }), (value) => {
        const back = Number(units(value) >> 900n) / 2 ** 174;
        return Math.abs(back - value) <= 1e-15;
      }),
    );
  });

  it("detects an overlap that rounding hides", () => {
    // In doubles 0.7 + 0.3 is 1 and the circle seems to fit; the two doubles add up to less than 1.
    expect(isInside(circle(0.7, 0.5, 0.3))).toBe(units(0.7) + units(0.3) <= ONE);
    // 0.9 + 0.1 rounds to 1, but the doubles add up to more.
    expect(units(0.9) + units(0.1) > ONE).toBe(true);
    expect(0.9 + 0.1).toBe(1);
    expect(isInside(circle(0.9, 0.5, 0.1))).toBe(false);
  });

  it("tells touching from overlapping", () => {
    expect(overlap(circle(0.25, 0.5, 0.25), circle(0.75, 0.5, 0.25))).toBe(false);
    expect(overlap(circle(0.25, 0.5, 0.25), circle(0.75, 0.5, 0.25 + 2 ** -54))).toBe(true);
  });
});

describe("a packing", () => {
  const refused = (output: unknown) => () => evaluateCircles({ n: 2 }, output);

  it("is scored by its radii", () => {
    const { metrics } = evaluateCircles({ n: 2 }, [
      [0.25, 0.5, 0.25],
      [0.75, 0.5, 0.25],
    ]);
    expect(metrics["sum of radii"]).toBe(0.5);
  });

  it.each([
    ["another number of circles", [[0.5, 0.5, 0.1]]],
    ["no list", { length: 2 }],
    [
      "a text for a number",
      [
        [0.5, 0.5, "0.1"],
        [0.1, 0.1, 0.1],
      ],
    ],
    [
      "null for a number",
      [
        [0.5, 0.5, null],
        [0.1, 0.1, 0.1],
      ],
    ],
    [
      "a radius of nothing",
      [
        [0.5, 0.5, 0],
        [0.1, 0.1, 0.1],
      ],
    ],
    [
      "four numbers",
      [
        [0.5, 0.5, 0.1, 0.1],
        [0.1, 0.1, 0.1],
      ],
    ],
    [
      "the same circle twice",
      [
        [0.5, 0.5, 0.1],
        [0.5, 0.5, 0.1],
      ],
    ],
    [
      "one edge forgotten",
      [
        [0.5, 0.95, 0.1],
        [0.1, 0.1, 0.1],
      ],
    ],
  ])("with %s is none", (_name, output) => {
    expect(refused(output)).toThrow(expect.objectContaining({ code: "invalid" }) as Error);
  });
});
