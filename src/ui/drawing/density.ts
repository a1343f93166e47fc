// Draws dense points as a cloud, darker where there are more experiments, and as dots where there are few.

import type { ChartPoint } from "./chart-data.ts";
import { toX, toY, type Layer, type Plot } from "./plot.ts";

/** Least area per experiment [px²] at which single marks can be distinguished. */
const ROOM = 900;
/** Least area per experiment [px²] at which small dots can be distinguished. */
const LITTLE_ROOM = 150;
const CELL = 3;
const LEVELS = 5;
/**
 * Number of experiments around a cell, weighted by distance (a single one counts 1), that makes it part of the cloud.
 */
const CLOUD = 1.5;

/** How points are drawn: as marks, as dots, or as a cloud. */
export function crowding(plot: Plot, points: number): "marks" | "dots" | "cloud" {
  const each = (plot.width * plot.height) / Math.max(1, points);
  return each > ROOM ? "marks" : each > LITTLE_ROOM ? "dots" : "cloud";
}

/** The cloud as one path per level, and the points outside of it. */
export function density(
  plot: Plot,
  points: readonly ChartPoint[],
): { readonly cloud: readonly Layer[]; readonly alone: readonly ChartPoint[] } {
  const columns = Math.ceil(plot.width / CELL);
  const rows = Math.ceil(plot.height / CELL);
  const cellOf = (p: ChartPoint) => {
    const column = Math.floor((toX(plot, p.number) - plot.x) / CELL);
    const row = Math.floor((toY(plot, p.y) - plot.y) / CELL);
    return Math.min(rows - 1, Math.max(0, row)) * columns + Math.min(columns - 1, Math.max(0, column));
  };
  const counts = new Float32Array(columns * rows);
  for (const p of points) counts[cellOf(p)] = (counts[cellOf(p)] ?? 0) + 1;
  const smooth = blurred(blurred(blurred(counts, columns), columns), columns).map((value) => value / ALONE);
  const most = smooth.reduce((a, b) => Math.max(a, b), CLOUD * 2);
  const level = (value: number): number => {
    if (value < CLOUD) return -1;
    const share = Math.log(value / CLOUD) / Math.log(most / CLOUD);
    return Math.min(LEVELS - 1, Math.floor(share * LEVELS));
  };
  const paths = Array.from({ length: LEVELS }, () => "");
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const here = level(smooth[row * columns + column] ?? 0);
      let end = column + 1;
      while (end < columns && level(smooth[row * columns + end] ?? 0) === here) end++;
      if (here >= 0) {
        const [x, y] = [plot.x + column * CELL, plot.y + row * CELL];
        const [right, bottom] = [
          Math.min(plot.x + end * CELL, plot.x + plot.width),
          Math.min(y + CELL, plot.y + plot.height),
        ];
        paths[here] =
          `${paths[here] ?? ""}M${x.toFixed(1)} ${y.toFixed(1)}H${right.toFixed(1)}V${bottom.toFixed(1)}H${x.toFixed(1)}Z`;
      }
      column = end;
    }
  }
  return {
    cloud: paths.flatMap((path, i) => (path === "" ? [] : [{ className: `density density-${i + 1}`, path }])),
    alone: points.filter((p) => (smooth[cellOf(p)] ?? 0) < CLOUD),
  };
}

/**
 * The blurred value at the cell of a single experiment: 2½ squared (½, 1, ½ convolved twice with itself has 2½ in its
 * middle).
 */
const ALONE = 6.25;

/** Convolves the cells with ½, 1, ½ across and down. */
function blurred(cells: Float32Array, columns: number): Float32Array {
  const across = cells.map((value, i) => {
    const column = i % columns;
    const left = column > 0 ? (cells[i - 1] ?? 0) : 0;
    const right = column < columns - 1 ? (cells[i + 1] ?? 0) : 0;
    return value + (left + right) / 2;
  });
  return across.map((value, i) => {
    const [above, below] = [across[i - columns] ?? 0, across[i + columns] ?? 0];
    return value + (above + below) / 2;
  });
}
