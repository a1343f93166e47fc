// Checks a packing without rounding, edge by edge and pair by pair, and adds up its radii.
import { LabError } from "../../error.ts";
import type { Evaluation } from "../contract/arena.ts";
import { type ExactCircle, isInside, overlap, units } from "./exact.ts";

export interface CirclePacking {
  readonly n: number;
}

/** `output`: n triples [x, y, r]. */
export function evaluateCircles({ n }: CirclePacking, output: unknown): Evaluation {
  if (!Array.isArray(output) || output.length !== n)
    throw new LabError("invalid", {
      what: "the packing",
      got: Array.isArray(output) ? `${output.length} circles` : typeof output,
      expected: `${n} circles`,
    });
  const exact = output.map(circleOf);
  exact.forEach((circle, i) => {
    if (!isInside(circle)) throw new LabError("invalid", `circle ${i + 1} sticks out of the square`);
    for (let j = 0; j < i; j++)
      if (overlap(circle, exact[j]))
        throw new LabError("invalid", `circles ${j + 1} and ${i + 1} overlap (no tolerance)`);
  });
  const sum = (output as number[][]).reduce((total, [, , r]) => total + r, 0);
  return {
    score: 100 * (1 - sum / Math.sqrt(n / Math.PI)),
    metrics: { "sum of radii": sum },
    words: `n = ${n}: ${sum.toFixed(6)}`,
  };
}

function circleOf(circle: unknown, i: number): ExactCircle {
  const fits =
    Array.isArray(circle) &&
    circle.length === 3 &&
    circle.every((value) => typeof value === "number" && Number.isFinite(value)) &&
    (circle[2] as number) > 0;
  if (!fits)
    throw new LabError("invalid", {
      what: `circle ${i + 1}`,
      got: (JSON.stringify(circle) ?? "undefined").slice(0, 60),
      expected: "[x, y, r] with finite numbers and r above 0",
    });
  const [x, y, r] = circle as [number, number, number];
  return { x: units(x), y: units(y), r: units(r) };
}
