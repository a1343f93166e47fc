// Which windows are scored together: drawn at random after the weights are fixed, so that a batch that counts looks like
// any other batch of held-out text. No batch holds neighbours, and none holds a row twice.
import type { Random } from "../training/random.ts";

export interface SecretBatch {
  /** The windows of its first rows; their numbers. */
  readonly windows: readonly number[];
  /** Where each row begins in the text; rows beyond the windows are filled up with other text and count nothing. */
  readonly starts: readonly number[];
}

/** Swaps tried for one window that is beside its neighbour, orders, and places for a row: a short text may have none. */
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

/** A random order in which no batch holds two windows that follow each other in the text, as far as there is room. */
function secretOrder(starts: ArrayLike<number>, seqLen: number, batch: number, random: Random): number[] {
  for (let tries = 1; ; tries++) {
    const order = shuffled(starts.length, random);
    /** Whether a window would have a neighbour in the batch of place `at`, but for the window at that place. */
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

/** Where another row may begin: far from these, or as far as a short text allows. */
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
