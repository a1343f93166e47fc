// Seeded random numbers: the same seed and the same history give the same proposal, so that a study can be resumed,
// replayed and tested.

import { uniform } from "../../random.ts";

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  normal(): number;
  /** One of `items`, with probability in proportion to `weight`. The list must not be empty. */
  pick<T>(items: readonly T[], weight?: (item: T) => number): T;
}

export function seeded(...keys: readonly (number | string)[]): Random {
  const draw = uniform(...keys);
  return {
    uniform: draw,
    normal: () => Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()),
    pick: (items, weight = () => 1) => {
      const total = items.reduce((sum, item) => sum + weight(item), 0);
      let left = draw() * total;
      for (const item of items) if ((left -= weight(item)) < 0) return item;
      return items[items.length - 1] as (typeof items)[number];
    },
  };
}
