// Checks that the forward pass of a batch and that of a single row are the same function: the proofs about the batch
// decide which of them scores.
// Shapes: B rows, T tokens.
import { type Computer, examinerOf, type ForwardPass } from "./examiner.ts";
import type { Probe } from "./probes.ts";

/**
 * Allowed difference of a loss by rounding [nats], relative to the largest logit (at least 1): kernels for other shapes
 * sum in another order, with a relative error of about 1e-6 in each of tens of f32 operations.
 */
const TOLERANCE = 1e-3;
/** Fraction of places that may differ by more: rounding may decide ties of a router or an arg max differently. */
const MAX = 0.01;

/** The results of one pass for some rows, place after place. */
export interface Reading {
  /** -log softmax(logits)[target] for the given targets. */
  readonly nats: readonly number[];
  /** The largest |logit| at each place. */
  readonly largest: readonly number[];
}

/**
 * Runs rows [n, T] through a pass of `batch` rows that has no examiner yet; the last batch is filled up with its first
 * row. Targets [n, T].
 */
export async function readPass(
  engine: Computer,
  forward: ForwardPass,
  batch: number,
  T: number,
  x: Uint32Array,
  targets: Uint32Array,
): Promise<Reading> {
  const examiner = examinerOf(engine, forward, batch, T);
  const nats: number[] = [];
  const largest: number[] = [];
  for (let first = 0; first < x.length; first += batch * T) {
    const rows = [x, targets].map((values) => {
      const part = values.subarray(first, first + batch * T);
      const filled = new Uint32Array(batch * T);
      for (let row = 0; row < batch; row++)
        filled.set(
          part.length > row * T ? part.subarray(row * T, (row + 1) * T) : part.subarray(0, T),
          row * T,
        );
      return filled;
    });
    // No look is kept, so `change` is the largest |logit|.
    const seen = await (await examiner.look(rows[0], rows[1], false)).sight;
    for (let i = 0; i < Math.min(batch * T, x.length - first); i++) {
      nats.push(seen.nats[i]);
      largest.push(seen.change[i]);
    }
  }
  return { nats, largest };
}

/** Whether both passes give the same losses for the same rows of T tokens, up to rounding. */
export function comparePasses(batch: Reading, single: Reading, T: number): Probe {
  const off = batch.nats.flatMap((nats, i) => {
    const bound = TOLERANCE * Math.max(1, batch.largest[i], single.largest[i]);
    return Math.abs(nats - single.nats[i]) <= bound ? [] : [i];
  });
  if (off.length <= MAX * batch.nats.length)
    return { name: "passes", passed: true, detail: "a batch and a single row give the same logits" };
  const [i] = off;
  const [a, b] = [batch.nats[i], single.nats[i]].map((nats) => nats.toPrecision(5));
  const detail = `in a batch a row costs ${a} nats at position ${i % T}, alone it costs ${b}; at ${off.length} of ${batch.nats.length} places they differ beyond rounding`;
  return { name: "passes", passed: false, detail };
}
