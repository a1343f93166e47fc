// Random batches of a text: rows that start anywhere, as in nanoGPT. The seed of the lab determines the order.
import { LabError } from "../../error.ts";
import { type Random, seededRandom } from "./random.ts";

export class Batches {
  readonly #tokens: Uint16Array;
  readonly #seqLen: number;
  readonly #random: Random;

  /** Throws LabError "value" if the text is shorter than one row and its targets. */
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

  /** x [rows, T] and for each token the next one, y [rows, T]. */
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

/** Rows of a budget in tokens. */
export const rowsOf = (budgetTokens: number, seqLen: number): number =>
  Math.max(1, Math.floor(budgetTokens / seqLen));

/**
 * All rows of a budget in tokens, drawn as `Batches` draws them, each with the last token of its targets,
 * [rows * (T + 1)]. The engine draws them once, so that their division into batches does not matter.
 */
export function drawRows(
  tokens: Uint16Array,
  seqLen: number,
  seed: number,
  budgetTokens: number,
): Uint16Array {
  const rows = rowsOf(budgetTokens, seqLen);
  const random = seededRandom(seed);
  const out = new Uint16Array(rows * (seqLen + 1));
  for (let row = 0; row < rows; row++) {
    const start = random.below(tokens.length - seqLen);
    out.set(tokens.subarray(start, start + seqLen + 1), row * (seqLen + 1));
  }
  return out;
}

/** Batches of the rows of `drawRows`, in order, each row once. */
export class Rows {
  readonly #rows: Uint16Array;
  readonly #seqLen: number;
  #next = 0;

  constructor(rows: Uint16Array, seqLen: number) {
    this.#rows = rows;
    this.#seqLen = seqLen;
  }

  /** As `Batches`. Throws LabError "graph" beyond the last row, which no loop asks for. */
  draw(rows: number): { x: Uint32Array; y: Uint32Array } {
    const left = Math.floor(this.#rows.length / (this.#seqLen + 1)) - this.#next;
    if (rows > left)
      throw new LabError("graph", {
        what: "rows of a budget in tokens",
        got: String(rows),
        expected: `${left} left`,
      });
    const T = this.#seqLen;
    const x = new Uint32Array(rows * T);
    const y = new Uint32Array(rows * T);
    for (let row = 0; row < rows; row++) {
      const start = this.#next++ * (T + 1);
      x.set(this.#rows.subarray(start, start + T), row * T);
      y.set(this.#rows.subarray(start + 1, start + T + 1), row * T);
    }
    return { x, y };
  }
}

/** Random tokens, from which nothing can be learned, for the rehearsal. */
export function noise(count: number, vocabSize: number, seed: number): Uint16Array {
  const random = seededRandom(seed);
  return Uint16Array.from({ length: count }, () => random.below(vocabSize));
}
