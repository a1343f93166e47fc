// A cache with a bound, for pure functions of a text.

/** Results by key. When there are `most` of them, all are dropped and made again. */
export class Memo<V> {
  readonly #most: number;
  readonly #known = new Map<string, V>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The result for `key`; `make` is called unless it is known. An error of `make` is not kept. */
  get(key: string, make: () => V): V {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    if (this.#known.size >= this.#most) this.#known.clear();
    this.#known.set(key, made);
    return made;
  }
}
