// The running best as a staircase.

import type { FrontierPoint } from "./chart-data.ts";
import { toX, toY, type Plot } from "./plot.ts";

/** Points of steps that hold until the next one; `back`: from the newest to the oldest. */
export function staircase(
  plot: Plot,
  steps: readonly FrontierPoint[],
  value: (step: FrontierPoint) => number,
  back = false,
): string {
  const at = (number: number, score: number) =>
    `${toX(plot, number).toFixed(1)} ${toY(plot, score).toFixed(1)}`;
  return steps
    .flatMap((step, i) => {
      const next = steps[i + 1];
      const here = at(step.number, value(step));
      if (next === undefined) return [here];
      return [here, back ? at(step.number, value(next)) : at(next.number, value(step))];
    })
    .join("L");
}
