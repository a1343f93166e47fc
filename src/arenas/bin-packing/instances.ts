// The published generator of online bin packing (FunSearch, Romera-Paredes et al., Nature 2023): sizes are Weibull with scale
// 45 and shape 3, cut at the capacity of 100 and rounded to whole numbers from 1.
import type { SplitName } from "../contract/manifest.ts";
import { uniform } from "../../random.ts";

const CAPACITY = 100;
const SCALE = 45;
const SHAPE = 3;

/** Number of items of each instance: the test also uses sizes that validation lacks. */
export const ITEMS: Readonly<Record<SplitName, readonly number[]>> = {
  practice: [1000],
  validation: Array.from({ length: 20 }, () => 5000),
  test: [2000, 3000, 5000, 7000, 10_000].flatMap((count) => Array.from({ length: 4 }, () => count)),
};

export interface BinPacking {
  readonly capacity: number;
  readonly items: readonly number[];
}

export function binPackingInstances(split: SplitName, seed: number): readonly BinPacking[] {
  return ITEMS[split].map((count, i) => {
    const random = uniform("bin-packing", seed, split, i);
    return { capacity: CAPACITY, items: Array.from({ length: count }, () => weibull(random())) };
  });
}

/** The size at a probability: the inverse of the distribution, rounded. */
function weibull(probability: number): number {
  const size = SCALE * (-Math.log(1 - probability)) ** (1 / SHAPE);
  return Math.min(CAPACITY, Math.max(1, Math.round(size)));
}

/** Lower bound of the number of bins in any packing. */
export function lowerBound({ capacity, items }: BinPacking): number {
  return Math.ceil(items.reduce((sum, item) => sum + item, 0) / capacity);
}
