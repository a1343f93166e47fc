// Random batches of a text: rows that start anywhere, as nanoGPT draws them. The order belongs to the lab's seed.
import { LabError } from "../error.ts";
import { type Random, seededRandom } from "./random.ts";

export class Batches {
  readonly #tokens: Uint16Array;
  readonly #seqLen: number;
  readonly #random: Random;

  /** Throws LabError "value" when the text is shorter than one row and its targets. */
  constructor(tokens: Uint16Array, seqLen: number, seed: number) {
    if (tokens.length < seqLen + 1) {
      throw new LabError("value", {
        what: "batches",
        got: `${tokens.length} tokens`,
        expected: `more than ${seqLen}`,
      });
    }
    this.#tokens = tokens;
    this.#seqLen = seqLen;
    this.#random = seededRandom(seed);
  }

  /** x [rows, T] and the token after each of them, y [rows, T]. */
  draw(rows: number): { x: Uint32Array; y: Uint32Array } {
    const T = this.#seqLen;
    const x = new Uint32Array(rows * T);
    const y = new Uint32Array(rows * T);
    for (let row = 0; row < rows; row++) {
      const start = this.#random.below(this.#tokens.length - T);
      x.set(this.#tokens.subarray(start, start + T), row * T);
      y.set(this.#tokens.subarray(start + 1, start + T + 1), row * T);
    }
    return { x, y };
  }
}

/** Tokens with nothing in them to learn, for the rehearsal. */
export function noise(count: number, vocabSize: number, seed: number): Uint16Array {
  const random = seededRandom(seed);
  return Uint16Array.from({ length: count }, () => random.below(vocabSize));
}
