// Seeded random numbers: the same keys give the same sequence on every machine.

/** Draws uniformly from [0, 1). */
export type Uniform = () => number;

/**
 * mulberry32 (Tommy Ettinger) over an FNV-1a hash of the keys. Calls no function that a candidate's code could replace.
 */
export function uniform(...keys: readonly (number | string)[]): Uniform {
  let state = 0x811c9dc5;
  const text = keys.join("/");
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  const imul = Math.imul;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = imul(state ^ (state >>> 15), state | 1);
    t ^= t + imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
