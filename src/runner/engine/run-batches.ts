// Draws the batches of a train.ts in the engine's realm, and counts their tokens: noise in the rehearsal, then the
// training text, or exactly the rows of a budget in tokens.
import type { BatchSource } from "../../nn/index.ts";
import { Batches, drawRows, noise, Rows } from "../../prepare/index.ts";

interface Drawing {
  readonly seqLen: number;
  readonly vocabSize: number;
  /** Seed of the order of the rows. */
  readonly seed: number;
  /** 0: no bound. */
  readonly budgetTokens: number;
}

export class RunBatches implements BatchSource {
  /** Tokens drawn since `restart`. */
  tokens = 0;
  readonly #text: Uint16Array;
  readonly #drawing: Drawing;
  #from: Batches | Rows;

  constructor(text: Uint16Array, drawing: Drawing) {
    this.#text = text;
    this.#drawing = drawing;
    this.#from = this.#noise();
  }

  get seqLen(): number {
    return this.#drawing.seqLen;
  }

  /** Starts again, with the text (`real`) or with noise. Throws LabError "value" for a text shorter than a row. */
  restart(real: boolean): void {
    const { seqLen, seed, budgetTokens } = this.#drawing;
    this.tokens = 0;
    if (!real) this.#from = this.#noise();
    else if (budgetTokens === 0) this.#from = new Batches(this.#text, seqLen, seed);
    else this.#from = new Rows(drawRows(this.#text, seqLen, seed, budgetTokens), seqLen);
  }

  draw(rows: number): { x: Uint32Array; y: Uint32Array } {
    const drawn = this.#from.draw(rows);
    this.tokens += rows * this.seqLen;
    return drawn;
  }

  /** A fixed length is enough for batches of any size: repeated noise teaches nothing. */
  #noise(): Batches {
    const { seqLen, vocabSize, seed } = this.#drawing;
    return new Batches(noise(Math.max(65_536, 4 * seqLen), vocabSize, seed), seqLen, seed);
  }
}
