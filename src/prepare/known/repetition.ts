// How much of the validation text stands word for word in the training text: such a score rewards memory. Compares hashes
// of stretches of 96 bytes, one in 64 of them, chosen by their hash, in a table of bits.
import { eachStretch } from "./rolling-hash.ts";

/** Bytes of a stretch: longer than a phrase, shorter than a document. */
const STRETCH = 96;
/** One stretch in so many is compared. */
const SAMPLED = 64;
/** Bits of the table: enough for a false match in sixteen at most. */
const MIN_BITS = 1 << 16;
const MAX_BITS = 1 << 27;

export class Repetition {
  readonly #bits: Uint32Array;
  readonly #mask: number;
  #looked = 0;
  #found = 0;
  #tail: Uint8Array = new Uint8Array(0);
  #looking = false;

  /** `trainBytes`: the size of the training text. */
  constructor(trainBytes: number) {
    let bits = MIN_BITS;
    while (bits < MAX_BITS && bits < trainBytes / 4) bits *= 2;
    this.#bits = new Uint32Array(bits / 32);
    this.#mask = bits - 1;
  }

  /** The next piece of the training text. */
  learn(piece: Uint8Array): void {
    this.#each(piece, (place) => {
      this.#bits[place >>> 5] |= 1 << (place & 31);
    });
  }

  /** The next piece of the validation text; the training text is complete. */
  look(piece: Uint8Array): void {
    if (!this.#looking) this.#tail = new Uint8Array(0);
    this.#looking = true;
    this.#each(piece, (place) => {
      this.#looked++;
      if ((this.#bits[place >>> 5] & (1 << (place & 31))) !== 0) this.#found++;
    });
  }

  /** The share of the compared stretches that the training text has, from 0 to 1. */
  get share(): number {
    return this.#looked === 0 ? 0 : this.#found / this.#looked;
  }

  #each(piece: Uint8Array, visit: (place: number) => void): void {
    const joined = new Uint8Array(this.#tail.length + piece.length);
    joined.set(this.#tail);
    joined.set(piece, this.#tail.length);
    eachStretch(joined, STRETCH, (a, b) => {
      if (a % SAMPLED === 0) visit(b & this.#mask);
    });
    this.#tail = joined.slice(Math.max(0, joined.length - STRETCH + 1));
  }
}
