// The points of the chart as a few SVG paths, one per kind, so that 2,000 points take as many elements as 20.

import type { ExperimentStatus } from "../../research/index.ts";
import type { ChartPoint } from "./chart-data.ts";
import { crowding, density } from "./density.ts";
import { toX, toY, type Layer, type Plot } from "./plot.ts";

/** From back to front: density, crosses on the floor, discarded, kept. `lit`: the experiments that pass the filter. */
export function layersOf(
  plot: Plot,
  points: readonly ChartPoint[],
  lit: ReadonlySet<number> | null,
): readonly Layer[] {
  const crowd = crowding(plot, points.length);
  const dense = crowd !== "marks";
  const layers: Layer[] = [];
  for (const dim of lit === null ? [false] : [true, false]) {
    const shown = lit === null ? points : points.filter(({ number }) => lit.has(number) !== dim);
    const tail = dim ? " dim" : "";
    const add = (className: string, chosen: readonly ChartPoint[], shape: Shape) => {
      const path = chosen.map((p) => shape(toX(plot, p.number), toY(plot, p.y))).join("");
      if (path !== "") layers.push({ className: className + tail, path });
    };
    const of = (status: ExperimentStatus) => shown.filter((p) => p.status === status && !p.pinned);
    const { cloud, alone } =
      crowd === "cloud" ? density(plot, of("discard")) : { cloud: [], alone: of("discard") };
    for (const layer of cloud) layers.push({ ...layer, className: layer.className + tail });
    add(dense ? "mark-crash mark-tick" : "mark-crash", of("crash"), dense ? tick : cross);
    add(dense ? "mark-invalid mark-tick" : "mark-invalid", of("invalid"), dense ? tick : diamond);
    add("mark-discard", alone, disc(dense ? 2 : 3.5));
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

/** The point nearest to a position in the plot [px]; null where none is within reach. `points` by number. */
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
