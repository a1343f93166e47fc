// The points of the chart as a few SVG paths, one a kind, so that 2,000 cost as many elements as 20. Where points would
// cover each other they become a density: cells of the plot, darker where more experiments lie.

import type { ExperimentStatus } from "../../research/index.ts";
import type { ChartPoint } from "./chart-data.ts";

/** The plot in pixels, and the values at its edges. */
export interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly numbers: readonly [low: number, high: number];
  readonly scores: readonly [low: number, high: number];
}

interface Layer {
  /** A class of progress.css: `mark-keep`, `mark-discard dim`, `density-3`. */
  readonly className: string;
  readonly path: string;
}

export function toX(plot: Plot, number: number): number {
  const [low, high] = plot.numbers;
  return plot.x + ((number - low) / (high - low)) * plot.width;
}

export function toY(plot: Plot, score: number): number {
  const [low, high] = plot.scores;
  return plot.y + ((high - score) / (high - low)) * plot.height;
}

/** Pixels of the plot an experiment has to itself where single marks are still told apart. */
const ROOM = 900;
const CELL = 6;
const LEVELS = 4;

function isDense(plot: Plot, points: number): boolean {
  return points * ROOM > plot.width * plot.height;
}

/** From the back to the front: density, crosses on the floor, discarded, kept. `lit`: what the filter lets through. */
export function layersOf(
  plot: Plot,
  points: readonly ChartPoint[],
  lit: ReadonlySet<number> | null,
): readonly Layer[] {
  const dense = isDense(plot, points.length);
  const layers: Layer[] = [];
  for (const dim of lit === null ? [false] : [true, false]) {
    const shown = lit === null ? points : points.filter(({ number }) => lit.has(number) !== dim);
    const tail = dim ? " dim" : "";
    const add = (className: string, chosen: readonly ChartPoint[], shape: Shape) => {
      const path = chosen.map((p) => shape(toX(plot, p.number), toY(plot, p.y))).join("");
      if (path !== "") layers.push({ className: className + tail, path });
    };
    const of = (status: ExperimentStatus) => shown.filter((p) => p.status === status && !p.pinned);
    if (dense) {
      for (const layer of density(plot, of("discard"))) {
        layers.push({ ...layer, className: layer.className + tail });
      }
    }
    add(dense ? "mark-crash mark-tick" : "mark-crash", of("crash"), dense ? tick : cross);
    add(dense ? "mark-invalid mark-tick" : "mark-invalid", of("invalid"), dense ? tick : diamond);
    if (!dense) add("mark-discard", of("discard"), disc(3.5));
    const pinned = shown.filter((p) => p.pinned);
    add("mark-discard", dense ? [] : pinned, triangle);
    add("mark-keep", of("keep"), disc(dense ? 3.5 : 5));
  }
  return layers;
}

type Shape = (x: number, y: number) => string;

const n = (value: number) => value.toFixed(1);
const disc =
  (r: number): Shape =>
  (x, y) =>
    `M${n(x - r)} ${n(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
const cross: Shape = (x, y) => `M${n(x - 4)} ${n(y - 4)}l8 8m0-8l-8 8`;
const diamond: Shape = (x, y) => `M${n(x)} ${n(y - 5)}l5 5l-5 5l-5-5Z`;
const triangle: Shape = (x, y) => `M${n(x - 4)} ${n(y + 3)}l4-6.5l4 6.5Z`;
const tick: Shape = (x, y) => `M${n(x)} ${n(y - 3)}v6`;

/** Cells by how many experiments lie in them, on a logarithmic scale from one to the fullest. */
function density(plot: Plot, points: readonly ChartPoint[]): Layer[] {
  const cells = new Map<number, number>();
  const columns = Math.ceil(plot.width / CELL);
  for (const p of points) {
    const column = Math.floor((toX(plot, p.number) - plot.x) / CELL);
    const row = Math.floor((toY(plot, p.y) - plot.y) / CELL);
    const cell = row * columns + column;
    cells.set(cell, (cells.get(cell) ?? 0) + 1);
  }
  const most = Math.log2(1 + Math.max(1, ...cells.values()));
  const paths = Array.from({ length: LEVELS }, () => "");
  for (const [cell, count] of cells) {
    const level = Math.min(LEVELS - 1, Math.floor((LEVELS * Math.log2(1 + count)) / (most + 1e-9)));
    const [x, y] = [plot.x + (cell % columns) * CELL, plot.y + Math.floor(cell / columns) * CELL];
    paths[level] = `${paths[level] ?? ""}M${n(x)} ${n(y)}h${CELL}v${CELL}h${-CELL}Z`;
  }
  return paths.flatMap((path, level) =>
    path === "" ? [] : [{ className: `density density-${level + 1}`, path }],
  );
}

/** The point nearest to a place of the plot, in pixels; null where none is within reach. `points` by number. */
export function nearest(
  plot: Plot,
  points: readonly ChartPoint[],
  x: number,
  y: number,
  reach = 24,
): ChartPoint | null {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = points[middle];
    if (one !== undefined && toX(plot, one.number) < x - reach) low = middle + 1;
    else high = middle;
  }
  let found: ChartPoint | null = null;
  let least = reach;
  for (let i = low; i < points.length; i++) {
    const one = points[i];
    if (one === undefined || toX(plot, one.number) > x + reach) break;
    const distance = Math.hypot(toX(plot, one.number) - x, toY(plot, one.y) - y);
    if (distance > least) continue;
    least = distance;
    found = one;
  }
  return found;
}
