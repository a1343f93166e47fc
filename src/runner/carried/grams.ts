// An index of the short stretches (grams) of folded text in the held-out texts, and whether the training text has them
// too. It stores hashes only: two rolling ones, so that at least 50 bits distinguish two grams.

import { eachStretch } from "../../prepare/index.ts";

/** Letters of a gram. Sixteen bytes of prose hold one. */
export const GRAM = 12;

/** The slot of a gram that no held-out text has. */
export const ABSENT = -1;

const COMMON = 255;

export class Grams {
  readonly #tags: Uint32Array;
  /** 0: empty; 1 and up: the first split that has it, plus one; COMMON: the training text has it. */
  readonly #kinds: Uint8Array;
  /** A filter of one bit for each hash: it rejects most grams of the training text without a look-up. */
  readonly #maybe: Uint32Array;
  /** The last letters of the training text so far, for grams that reach into the next piece. */
  #tail: Uint8Array = new Uint8Array(0);
  /** Letters of all splits. */
  readonly letters: number;

  /** `splits`: folded texts, at most 254. */
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

  /** Marks the grams of the next piece of the folded training text as common. */
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

  /** The slot of each gram of a folded text; ABSENT where no held-out text has it. */
  find(letters: Uint8Array): Int32Array {
    const slots = new Int32Array(Math.max(0, letters.length - GRAM + 1));
    eachStretch(letters, GRAM, (a, b, at) => {
      const slot = this.#slot(a, b);
      slots[at] = this.#kinds[slot] === 0 ? ABSENT : slot;
    });
    return slots;
  }

  /** The number of the first split that has the gram of this slot; null if the training text has it too. */
  splitOf(slot: number): number | null {
    return this.#kinds[slot] === COMMON ? null : this.#kinds[slot] - 1;
  }

  /** The slot of the gram, or the empty slot for it. */
  #slot(a: number, b: number): number {
    const mask = this.#kinds.length - 1;
    let slot = a & mask;
    while (this.#kinds[slot] !== 0 && this.#tags[slot] !== b) slot = (slot + 1) & mask;
    return slot;
  }
}
