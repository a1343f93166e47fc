import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExperimentStatus } from "../../research/index.ts";
import type { ChartPoint } from "./chart-data.ts";
import { placeLabels, shortWords } from "./labels.ts";
import { layersOf, nearest, toX, toY, type Plot } from "./marks.ts";

const plot: Plot = { x: 46, y: 10, width: 600, height: 300, numbers: [-0.5, 99.5], scores: [1, 2] };

function point(number: number, y: number, status: ExperimentStatus = "discard", pinned = false): ChartPoint {
  return { number, y, status, valBpb: y, pinned };
}
const classes = (points: readonly ChartPoint[], lit: ReadonlySet<number> | null = null) =>
  layersOf(plot, points, lit).map((layer) => layer.className);
const count = (path: string) => path.match(/M/g)?.length ?? 0;

describe("the points of the chart", () => {
  it("are one path a status, the kept ones in front", () => {
    const night = [
      point(0, 2, "keep"),
      point(1, 1.9),
      point(2, 1.8),
      point(3, 1, "crash"),
      point(4, 1, "invalid"),
    ];
    expect(classes(night)).toEqual(["mark-crash", "mark-invalid", "mark-discard", "mark-keep"]);
    const discarded = layersOf(plot, night, null).find((l) => l.className === "mark-discard");
    expect(count(discarded?.path ?? "")).toBe(2);
  });
  it("are dimmed where the filter does not let them through, behind the others", () => {
    expect(classes([point(0, 2, "keep"), point(1, 1.9, "keep")], new Set([1]))).toEqual([
      "mark-keep dim",
      "mark-keep",
    ]);
  });
  it("become a density when they would cover each other, and no element a point", () => {
    const many = Array.from({ length: 2000 }, (_, i) => point(i % 100, 1 + ((i * 7) % 97) / 97));
    const layers = layersOf(plot, many, null);
    expect(layers.every((l) => l.className.startsWith("density"))).toBe(true);
    expect(layers.length).toBeLessThanOrEqual(4);
    const cells = layers.reduce((sum, l) => sum + count(l.path), 0);
    expect(cells).toBeGreaterThan(100);
    expect(cells).toBeLessThanOrEqual(2000);
  });
  it("are found under the pointer, and only within reach", () => {
    const row = Array.from({ length: 100 }, (_, i) => point(i, 1.5));
    const at = (number: number, dy = 0) =>
      nearest(plot, row, toX(plot, number) + 1, toY(plot, 1.5) + dy)?.number;
    expect(at(0)).toBe(0);
    expect(at(57, 5)).toBe(57);
    expect(at(99)).toBe(99);
    expect(at(57, 40)).toBeUndefined();
    expect(nearest(plot, [], 100, 100)).toBeNull();
  });
});

describe("labels of kept points", () => {
  it("are the first words, cut at a word", () => {
    expect(shortWords("Softcap at 30: logits are bent too early")).toBe("Softcap at 30");
    expect(shortWords("Momentum 0.95 for Muon, as in the speed runs.")).toBe("Momentum 0.95 for Muon");
    expect(shortWords("Six blocks instead of four and then some more")).toBe("Six blocks instead of…");
  });
  it("never cover each other or leave the plot", () => {
    const labelled = fc.record({
      number: fc.nat({ max: 99 }),
      score: fc.double({ min: 1, max: 2, noNaN: true }),
      gain: fc.double({ min: 0, max: 1, noNaN: true }),
      text: fc.constantFrom("Wider", "Six blocks instead of four", "A higher rate of learning for all"),
    });
    fc.assert(
      fc.property(fc.array(labelled, { maxLength: 40 }), (points) => {
        const labels = placeLabels(plot, points, 12);
        const boxes = labels.map(({ x, y, text }) => ({
          left: x,
          right: x + text.length * 6.4,
          top: y - 14,
          y,
        }));
        for (const [i, a] of boxes.entries()) {
          expect(a.left).toBeGreaterThanOrEqual(plot.x);
          expect(a.right).toBeLessThanOrEqual(plot.x + plot.width + 1e-6);
          expect(a.top).toBeGreaterThanOrEqual(plot.y);
          for (const b of boxes.slice(i + 1)) {
            expect(a.right < b.left || b.right < a.left || Math.abs(a.y - b.y) >= 14).toBe(true);
          }
        }
      }),
    );
  });
  it("go to the largest gains where there is room for few", () => {
    const points = [1, 2, 3].map((i) => ({ number: i * 20, score: 1.5, gain: i, text: `gain ${i}` }));
    expect(placeLabels(plot, points, 2).map((l) => l.text)).toEqual(["gain 3", "gain 2"]);
  });
});
