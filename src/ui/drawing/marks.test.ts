import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExperimentStatus } from "../../research/index.ts";
import type { ChartPoint } from "./chart-data.ts";
import { placeLabels, shortWords } from "./labels.ts";
import { layersOf, nearest } from "./marks.ts";
import { toX, toY, type Plot } from "./plot.ts";

const plot: Plot = {
  x: 46,
  y: 10,
  width: 600,
  height: 300,
  numbers: { low: -0.5, high: 99.5, log: false, origin: 1 },
  scores: { low: 1, high: 2, log: false, origin: 0 },
};

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
  it("become a density cloud where they would cover each other, and dots where there are few", () => {
    const many = Array.from({ length: 2000 }, (_, i) => point(i % 100, 1.1 + ((i * 7) % 97) / 970));
    const far = point(50, 1.9);
    const layers = layersOf(plot, [...many, far], null);
    const cloud = layers.filter((l) => l.className.startsWith("density"));
    expect(cloud.length).toBeGreaterThan(1);
    expect(cloud.length).toBeLessThanOrEqual(5);
    const dots = layers.filter((l) => l.className === "mark-discard");
    expect(dots.map((l) => count(l.path))).toEqual([1]);
    expect(dots[0]?.path).toContain(toY(plot, 1.9).toFixed(1));
  });
  it("lie inside the plot as a cloud", () => {
    const score = fc.double({ min: 1, max: 2, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat({ max: 99 }), score), { minLength: 1300, maxLength: 1400 }),
        (all) => {
          for (const { className, path } of layersOf(
            plot,
            all.map(([i, y]) => point(i, y)),
            null,
          )) {
            if (!className.startsWith("density")) continue;
            for (const [, x, y, right, bottom] of path.matchAll(/M([\d.]+) ([\d.]+)H([\d.]+)V([\d.]+)/g)) {
              expect(Number(x)).toBeGreaterThanOrEqual(plot.x);
              expect(Number(y)).toBeGreaterThanOrEqual(plot.y);
              expect(Number(right)).toBeLessThanOrEqual(plot.x + plot.width);
              expect(Number(bottom)).toBeLessThanOrEqual(plot.y + plot.height);
            }
          }
        },
      ),
      { numRuns: 8 },
    );
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
  const box = ({ x, y, text }: { x: number; y: number; text: string }) => ({
    left: x,
    right: x + text.length * 6.4,
    top: y - 11,
    bottom: y + 3,
  });
  it("never cover each other, a mark or the frontier, and never leave the plot", () => {
    const scored = fc.record({
      score: fc.double({ min: 1, max: 2, noNaN: true }),
      gain: fc.double({ min: 0, max: 1, noNaN: true }),
      text: fc.constantFrom("Wider", "Six blocks instead of four", "A higher rate of learning for all"),
    });
    fc.assert(
      fc.property(fc.array(scored, { maxLength: 60 }), (list) => {
        const points = list.map((p, i) => ({ ...p, number: i }));
        const kept = points.filter((p) => p.score < 1.4);
        const frontier = kept.map(({ number, score }) => ({ number, frontier: score, band: null }));
        const marks = points.map((p) => point(p.number, p.score));
        const labels = placeLabels(plot, kept, { points: marks, frontier }, 12);
        const boxes = labels.map(box);
        for (const [i, a] of boxes.entries()) {
          expect(a.left).toBeGreaterThanOrEqual(plot.x - 1e-6);
          expect(a.right).toBeLessThanOrEqual(plot.x + plot.width + 1e-6);
          expect(a.top).toBeGreaterThanOrEqual(plot.y);
          expect(a.bottom).toBeLessThanOrEqual(plot.y + plot.height);
          const over = (x: number, y: number) => x > a.left && x < a.right && y > a.top && y < a.bottom;
          for (const p of marks) expect(over(toX(plot, p.number), toY(plot, p.y))).toBe(false);
          for (const [at, step] of frontier.entries()) {
            const next = frontier[at + 1];
            if (next === undefined) continue;
            for (const share of [0, 0.25, 0.5, 0.75]) {
              const number = step.number + share * (next.number - step.number);
              expect(over(toX(plot, number), toY(plot, step.frontier))).toBe(false);
              const score = step.frontier + share * (next.frontier - step.frontier);
              expect(over(toX(plot, next.number), toY(plot, score))).toBe(false);
            }
          }
          for (const b of boxes.slice(i + 1)) {
            expect(a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top).toBe(
              true,
            );
          }
        }
      }),
    );
  });
  it("go to the largest gains where there is room for few", () => {
    const points = [1, 2, 3].map((i) => ({ number: i * 20, score: 1.5, gain: i, text: `gain ${i}` }));
    const labels = placeLabels(plot, points, { points: [], frontier: [] }, 2);
    expect(labels.map((l) => l.text)).toEqual(["gain 3", "gain 2"]);
  });
});
