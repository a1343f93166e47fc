// Draws candidates near the good points, one coordinate at a time: the lower density of the tree-structured Parzen
// estimator (Bergstra et al. 2011). Its ratio of densities does not choose among them: almost every experiment keeps
// most of the incumbent's numbers, good or bad, so that the ratio is near one (surrogate.ts chooses).
import type { Observation } from "./memory.ts";
import type { Random } from "./random.ts";
import { type Dimension, fromUnit, toUnit } from "../source/space.ts";

/** Width of the narrowest kernel, as a share of the range. */
const FLOOR = 0.03;

/** Draws a value of one coordinate from the density of the best quarter of the scored points. */
type Draw = (dimension: Dimension, random: Random) => number;

export function parzen(observations: readonly Observation[]): Draw {
  const ranked = [...observations].sort((a, b) => a.valBpb - b.valBpb);
  // A quarter, as hyperopt does, but never fewer than two.
  const good = ranked.slice(0, Math.max(2, Math.ceil(ranked.length / 4)));
  return ({ name, range }, random) => {
    const units = good.flatMap(({ values }) => {
      const value = values[name];
      return value === undefined ? [] : [toUnit(range, value)];
    });
    // The uniform part of the mixture counts as one more point.
    const centre = units[Math.floor(random.uniform() * (units.length + 1))];
    if (centre === undefined) return fromUnit(range, random.uniform());
    return fromUnit(range, range.scale === "choice" ? centre : centre + widthOf(units) * random.normal());
  };
}

/** Scott's rule with a floor: constants that hardly moved would otherwise look infinitely certain. */
function widthOf(points: readonly number[]): number {
  const mean = points.reduce((sum, x) => sum + x, 0) / points.length;
  const spread = Math.sqrt(points.reduce((sum, x) => sum + (x - mean) ** 2, 0) / points.length);
  return Math.max(FLOOR, spread * points.length ** -0.2);
}
