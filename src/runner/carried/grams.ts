// Which short stretches (grams) of folded text stand in a held-out text and not in the training text. Only their hashes
// are kept: two rolling ones, so that 50 bits and more tell two grams apart.

import { eachStretch } from "../../prepare/index.ts";

/** Letters of a gram. Sixteen bytes of prose hold one. */
export const GRAM = 12;

/** What the index says of a gram: not held out; held out and in the training text too; held out alone. */
export const ABSENT = -1;

const COMMON = 255;

export class Grams {
  readonly #tags: Uint32Array;
  /** 0: empty; 1 and up: the first split that has it, plus one; COMMON: the training text has it. */
  readonly #kinds: Uint8Array;
  /** One bit for each hash that may be there: most grams of the training text are not, and end here. */
  readonly #maybe: Uint32Array;
  /** The end of the training text so far, which the next piece continues. */
  #tail: Uint8Array = new Uint8Array(0);
  /** Letters of all splits. */
  readonly letters: number;

  /** Of folded splits, at most 254. */
  constructor(splits: readonly Uint8Array[]) {
    this.letters = splits.reduce((sum, { length }) => sum + length, 0);
    const slots = 2 ** Math.ceil(Math.log2(2 * this.letters + 2));
    this.#tags = new Uint32Array(slots);
    this.#kinds = new Uint8Array(slots);
    this.#maybe = new Uint32Array(Math.max(1, slots / 8)); // small enough for the cache
    splits.forEach((letters, split) =>
      eachStretch(letters, GRAM, (a, b) => {
        const slot = this.#slot(a, b);
        if (this.#kinds[slot] !== 0) return;
        this.#kinds[slot] = split + 1;
        this.#tags[slot] = b;
        this.#maybe[(a >>> 5) & (this.#maybe.length - 1)] |= 1 << (a & 31);
      }),
    );
  }

  /** Takes the next piece of the folded training text. */
  learn(letters: Uint8Array): void {
    const text = new Uint8Array(this.#tail.length + letters.length);
    text.set(this.#tail);
    text.set(letters, this.#tail.length);
    const maybe = this.#maybe;
    eachStretch(text, GRAM, (a, b) => {
      if ((maybe[(a >>> 5) & (maybe.length - 1)] & (1 << (a & 31))) === 0) return;
      const slot = this.#slot(a, b);
      if (this.#kinds[slot] !== 0) this.#kinds[slot] = COMMON;
    });
    this.#tail = text.slice(Math.max(0, text.length - GRAM + 1));
  }

  /** For each gram of folded text its slot, ABSENT where no held-out text has it. */
  find(letters: Uint8Array): Int32Array {
    const slots = new Int32Array(Math.max(0, letters.length - GRAM + 1));
    eachStretch(letters, GRAM, (a, b, at) => {
      const slot = this.#slot(a, b);
      slots[at] = this.#kinds[slot] === 0 ? ABSENT : slot;
    });
    return slots;
  }

  /** The number of the split that has a slot's gram, or null when the training text has it too. */
  splitOf(slot: number): number | null {
    return this.#kinds[slot] === COMMON ? null : this.#kinds[slot] - 1;
  }

  /** The gram's slot, or the empty one where it would be. */
  #slot(a: number, b: number): number {
    const mask = this.#kinds.length - 1;
    let slot = a & mask;
    while (this.#kinds[slot] !== 0 && this.#tags[slot] !== b) slot = (slot + 1) & mask;
    return slot;
  }
}
