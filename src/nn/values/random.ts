// The lab's random numbers on the host: initial values, the seeds of dropout, the batches of a run. A seed gives the
// same sequence on every machine. Generator: sfc32 (Chris Doty-Humphrey, PractRand).

export class Random {
  #a: number;
  #b: number;
  #c: number;
  #count = 1;
  #spare: number | null = null;
  constructor(seed: number) {
    this.#a = seed >>> 0;
    this.#b = Math.floor(seed / 2 ** 32) >>> 0;
    this.#c = 0x9e3779b9;
    for (let i = 0; i < 15; i++) this.bits();
  }
  /** 32 random bits as an unsigned integer. */
  bits(): number {
    const t = (((this.#a + this.#b) >>> 0) + this.#count++) >>> 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) >>> 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) >>> 0;
    return t;
  }
  /** Uniform in [0, 1). */
  uniform(): number {
    return this.bits() / 2 ** 32;
  }
  /** Standard normal, by the polar method (two values per round, one kept for the next call). */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s === 0 || s >= 1) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      this.#spare = v * scale;
      return u * scale;
    }
  }
}
