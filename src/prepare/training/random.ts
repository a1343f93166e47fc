// Reproducible random numbers for the fixed half: the generator of nn, with whole numbers.

import { Random as Generator } from "../../nn/index.ts";

export interface Random {
  /** The next number in [0, 1), a multiple of 2^-32. */
  next(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
}

/** A generator for a whole-number seed; different seeds give unrelated sequences. */
export function seededRandom(seed: number): Random {
  const generator = new Generator(seed);
  return { next: () => generator.uniform(), below: (n) => Math.floor(generator.uniform() * n) };
}
