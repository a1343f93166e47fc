// A cache with a bound, for pure functions of a text.

/** Results by key: the `most` that were used last. */
export class Memo<V extends NonNullable<unknown>> {
  readonly #most: number;
  readonly #known = new Map<string, V>();

  constructor(most: number) {
    this.#most = most;
  }

  /** The result for `key`; `make` is called unless it is known. An error of `make` is not kept. */
  get(key: string, make: () => V): V {
    return this.find(key) ?? this.put(key, make());
  }

  find(key: string): V | undefined {
    const result = this.#known.get(key);
    return result === undefined ? undefined : this.put(key, result);
  }

  put(key: string, result: V): V {
    this.#known.delete(key);
    this.#known.set(key, result); // the last of the map, the first of which was used least recently
    const [oldest] = this.#known.keys();
    if (this.#known.size > this.#most && oldest !== undefined) this.#known.delete(oldest);
    return result;
  }
}
