// The tree-structured Parzen estimator (Bergstra et al. 2011), one coordinate at a time: where do the good points
// lie that the bad ones do not? Used to choose among candidates, not to draw them.
import type { Observation } from "./memory.ts";
import { toUnit, type Dimension, type Values } from "./space.ts";

/** Below this many scored points the densities say less than the order of the coordinates. */
export const ENOUGH = 10;

/** A score for a candidate: the sum over coordinates of log(good density / bad density). */
export function parzen(
  space: readonly Dimension[],
  observations: readonly Observation[],
): (point: Values) => number {
  const ranked = [...observations].sort((a, b) => a.valBpb - b.valBpb);
  // A quarter, as hyperopt does, but never fewer than two.
  const count = Math.max(2, Math.ceil(ranked.length / 4));
  const estimates = space.map((dimension) => {
    const units = (points: readonly Observation[]) =>
      points.flatMap(({ values }) => {
        const value = values[dimension.name];
        return value === undefined ? [] : [toUnit(dimension.range, value)];
      });
    return {
      dimension,
      good: density(units(ranked.slice(0, count))),
      bad: density(units(ranked.slice(count))),
    };
  });
  return (point) =>
    estimates.reduce((sum, { dimension, good, bad }) => {
      const unit = toUnit(dimension.range, point[dimension.name] ?? dimension.value);
      return sum + Math.log(good(unit) / bad(unit));
    }, 0);
}

/** A mixture of Gaussians on the points and one uniform, so that it is nowhere zero. */
function density(points: readonly number[]): (x: number) => number {
  const mean = points.reduce((sum, x) => sum + x, 0) / Math.max(1, points.length);
  const spread = Math.sqrt(points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, points.length));
  // Scott's rule with a floor: constants that hardly moved would otherwise look infinitely certain.
  const width = Math.max(0.06, spread * points.length ** -0.2);
  return (x) => {
    const kernels = points.reduce((sum, at) => sum + Math.exp(-0.5 * ((x - at) / width) ** 2), 0);
    return (1 + kernels / (width * Math.sqrt(2 * Math.PI))) / (1 + points.length);
  };
}
