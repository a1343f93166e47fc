// The position of the plot on the screen, and of an experiment in the plot.

import { shareOf, type Axis } from "../state/chart-view.ts";

/** The plot in pixels, and its axes. */
export interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly numbers: Axis;
  readonly scores: Axis;
}

export interface Layer {
  /** A class of progress.css: `mark-keep`, `mark-discard dim`, `density-3`. */
  readonly className: string;
  readonly path: string;
}

export function toX(plot: Plot, number: number): number {
  return plot.x + shareOf(plot.numbers, number) * plot.width;
}

export function toY(plot: Plot, score: number): number {
  return plot.y + (1 - shareOf(plot.scores, score)) * plot.height;
}
