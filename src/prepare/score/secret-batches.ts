// Draws at random which windows are scored together, after the weights are fixed, so that a scored batch looks like any
// other batch of held-out text. No batch holds adjacent windows or a row twice.
import type { Random } from "../training/random.ts";

export interface SecretBatch {
  /** Numbers of the windows in its first rows. */
  readonly windows: readonly number[];
  /** Start of each row in the text; rows beyond the windows hold other text and do not count. */
  readonly starts: readonly number[];
}

/** Maximum number of swaps for one window, of orders, and of places for a row: a short text may have no solution. */
const SWAPS = 64;
const ORDERS = 20;
const PLACES = 64;

/** All windows in a random order, `batch` at a time. `textLength` in tokens, at least a window and its last target. */
export function secretBatches(
  starts: ArrayLike<number>,
  seqLen: number,
  textLength: number,
  batch: number,
  random: Random,
): SecretBatch[] {
  const order = secretOrder(starts, seqLen, batch, random);
  const batches: SecretBatch[] = [];
  for (let first = 0; first < order.length; first += batch) {
    const windows = order.slice(first, first + batch);
    const rows = windows.map((window) => starts[window]);
    while (rows.length < batch) rows.push(elsewhere(rows, seqLen, textLength, random));
    batches.push({ windows, starts: rows });
  }
  return batches;
}

/** 0 … n - 1 in random order (Fisher and Yates). */
export function shuffled(n: number, random: Random): number[] {
  const all = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all;
}

/** A random order in which no batch holds two windows that are adjacent in the text, if possible. */
function secretOrder(starts: ArrayLike<number>, seqLen: number, batch: number, random: Random): number[] {
  for (let tries = 1; ; tries++) {
    const order = shuffled(starts.length, random);
    /** Whether a window would be adjacent to one in the batch of place `at`, not counting the window at `at`. */
    const crowded = (window: number, at: number): boolean => {
      const first = at - (at % batch);
      return order
        .slice(first, first + batch)
        .some((other, i) => first + i !== at && Math.abs(starts[other] - starts[window]) < 2 * seqLen);
    };
    for (let i = 0; i < order.length; i++) {
      for (let swaps = 0; swaps < SWAPS && crowded(order[i], i); swaps++) {
        const j = random.below(order.length);
        const other = Math.floor(j / batch) !== Math.floor(i / batch);
        if (other && !crowded(order[j], i) && !crowded(order[i], j))
          [order[i], order[j]] = [order[j], order[i]];
      }
    }
    if (tries === ORDERS || !order.some(crowded)) return order;
  }
}

/** A start for another row: far from these rows, or as far as a short text allows. */
export function elsewhere(
  rows: readonly number[],
  seqLen: number,
  textLength: number,
  random: Random,
): number {
  for (const distance of [2 * seqLen, seqLen + 1, 1]) {
    for (let tries = 0; tries < PLACES; tries++) {
      const start = random.below(textLength - seqLen);
      if (rows.every((row) => Math.abs(row - start) >= distance)) return start;
    }
  }
  return random.below(textLength - seqLen);
}
