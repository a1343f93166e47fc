// A small seeded generator for everything in the fixed half that must be the same again: sfc32 (Chris Doty-Humphrey,
// PractRand), which passes the usual batteries and needs four 32-bit words of state.

export interface Random {
  /** The next number in [0, 1), a multiple of 2^-32. */
  next(): number;
  /** A whole number in [0, n). */
  below(n: number): number;
}

/** A generator for a whole-number seed; different seeds give unrelated sequences. */
export function seededRandom(seed: number): Random {
  let a = seed >>> 0;
  let b = Math.floor(seed / 4294967296) >>> 0;
  let c = 0x9e3779b9;
  let counter = 1;
  const step = (): number => {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) step();
  const next = (): number => step() / 4294967296;
  return { next, below: (n) => Math.floor(next() * n) };
}
