// Seeded random numbers: the same seed and the same history give the same proposal, so that a study can be resumed,
// replayed and tested.

export interface Random {
  /** Uniform in [0, 1). */
  uniform(): number;
  normal(): number;
  /** One of `items`, with probability in proportion to `weight`. The list must not be empty. */
  pick<T>(items: readonly T[], weight?: (item: T) => number): T;
}

/** mulberry32 over a hash of the keys. */
export function seeded(...keys: readonly (number | string)[]): Random {
  let state = hash(keys.join("/"));
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    pick: (items, weight = () => 1) => {
      const total = items.reduce((sum, item) => sum + weight(item), 0);
      let left = uniform() * total;
      for (const item of items) if ((left -= weight(item)) < 0) return item;
      return items[items.length - 1] as (typeof items)[number];
    },
  };
}

/** FNV-1a, 32 bits. */
export function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
