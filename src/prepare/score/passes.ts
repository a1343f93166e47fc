// The forward pass of a batch and that of a single row must be the same function: one of them scores, and which one
// depends on what is proved of the first.
// Shapes: B rows, T tokens.
import { type Computer, examinerOf, type ForwardPass } from "./examiner.ts";
import type { Probe } from "./probes.ts";

/**
 * Rounding alone may move a loss [nats] by this, in parts of the largest logit (1 at least): kernels for other shapes sum
 * in another order, which costs f32 some 1e-6 of what is summed in each of tens of operations.
 */
const TOLERANCE = 1e-3;
/** Places that may differ by more: rounding may decide a tie of a router or an arg max differently. */
const MOST = 0.01;

/** What one pass says of some rows, place after place. */
export interface Reading {
  /** -log softmax(logits)[target] for the targets asked for. */
  readonly nats: readonly number[];
  /** The largest |logit| there. */
  readonly largest: readonly number[];
}

/**
 * Reads rows [n, T] through a pass of `batch` rows, which nothing has looked through yet; a last batch is filled with
 * its first row. Targets [n, T].
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
    // Nothing is kept, so the change is since zero.
    const seen = await (await examiner.look(rows[0], rows[1], false)).sight;
    for (let i = 0; i < Math.min(batch * T, x.length - first); i++) {
      nats.push(seen.nats[i]);
      largest.push(seen.change[i]);
    }
  }
  return { nats, largest };
}

/** Whether both passes say the same of the same rows; T tokens each. */
export function comparePasses(batch: Reading, single: Reading, T: number): Probe {
  const off = batch.nats.flatMap((nats, i) => {
    const bound = TOLERANCE * Math.max(1, batch.largest[i], single.largest[i]);
    return Math.abs(nats - single.nats[i]) <= bound ? [] : [i];
  });
  if (off.length <= MOST * batch.nats.length)
    return { name: "passes", passed: true, detail: "a batch and a single row give the same logits" };
  const [i] = off;
  const [a, b] = [batch.nats[i], single.nats[i]].map((nats) => nats.toPrecision(5));
  const detail = `in a batch a row costs ${a} nats at position ${i % T}, alone it costs ${b}; at ${off.length} of ${batch.nats.length} places they differ beyond rounding`;
  return { name: "passes", passed: false, detail };
}
