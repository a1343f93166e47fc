// Repeatable pseudo-random numbers: a linear congruential generator (Numerical Recipes), in [0, 1).

export function uniform(seed = 7): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
}
