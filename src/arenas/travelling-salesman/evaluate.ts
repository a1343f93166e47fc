// Checks that a tour visits every city once, and measures it.
import { LabError } from "../../error.ts";
import type { Evaluation } from "../contract/arena.ts";

export interface Salesman {
  readonly cities: readonly (readonly [x: number, y: number])[];
}

/** `output`: the cities' numbers in the order of the tour. */
export function evaluateTour({ cities }: Salesman, output: unknown): Evaluation {
  const n = cities.length;
  if (!Array.isArray(output) || output.length !== n)
    throw new LabError("invalid", {
      what: "the tour",
      got: Array.isArray(output) ? `${output.length} cities` : typeof output,
      expected: `${n} cities`,
    });
  const seen = new Set<number>();
  for (const [i, city] of output.entries()) {
    if (typeof city !== "number" || !Number.isInteger(city) || city < 0 || city >= n)
      throw new LabError("invalid", {
        what: `stop ${i + 1} of the tour`,
        got: (JSON.stringify(city) ?? "undefined").slice(0, 40),
        expected: `a city from 0 to ${n - 1}`,
      });
    if (seen.has(city)) throw new LabError("invalid", `the tour visits city ${city} twice`);
    seen.add(city);
  }
  const tour = output as number[];
  let length = 0;
  for (let i = 0; i < n; i++) {
    const [a, b] = [cities[tour[i]], cities[tour[(i + 1) % n]]];
    length += Math.hypot(a[0] - b[0], a[1] - b[1]);
  }
  return {
    score: length / Math.sqrt(n),
    metrics: { length },
    words: `${n} cities: ${length.toFixed(4)}`,
  };
}
