// Where a forward pass begins to read ahead: the first operation in its graph whose value at or before a position moves
// when only later tokens change. Found by looking at values on the way, so that the researcher is told the line.
import type { Computer, ForwardPass, Witness } from "../../prepare/index.ts";

/** A graph that can be cut short. */
export interface Inspectable {
  /** The node of the logits; every node it needs comes before it. */
  readonly last: number;
  /** The value of a node in place of the logits; null where the node has none that can be looked at. */
  upTo(node: number): { readonly shape: readonly number[]; readonly pass: ForwardPass } | null;
}

/**
 * The number of the node. Values that do not have positions as their second axis, or third of four, cannot be asked;
 * what is between the last that stands still and the first that moves is then the cause. `goOn` ends the search early.
 */
export async function firstMoving(
  engine: Computer,
  graph: Inspectable,
  witness: Witness,
  [batch, seqLen]: readonly [number, number],
  goOn: () => boolean,
): Promise<number> {
  const tokens = engine.input([batch, seqLen], "u32");
  async function moves(node: number): Promise<boolean | null> {
    const value = graph.upTo(node);
    const axis = value === null ? -1 : axisOf(value.shape, batch, seqLen);
    if (value === null || axis < 0) return null;
    const seen: ArrayLike<number>[] = [];
    for (const input of [witness.before, witness.after]) {
      tokens.set(input);
      const past = value
        .pass(tokens)
        .narrow(0, witness.row, 1)
        .narrow(axis, 0, witness.position + 1);
      const read = engine.readLater(past);
      await engine.prepare();
      seen.push(await read);
    }
    return Array.from(seen[0]).some((x, i) => x !== seen[1][i]);
  }
  let still = -1;
  let moving = graph.last;
  while (moving - still > 1 && goOn()) {
    const middle = (still + moving) >> 1;
    // The nearest that can be looked at: downwards from the middle, then upwards.
    const order = [];
    for (let i = middle; i > still; i--) order.push(i);
    for (let i = middle + 1; i < moving; i++) order.push(i);
    let found: boolean | null = null;
    for (const node of order) {
      found = await moves(node);
      if (found === null) continue;
      if (found) moving = node;
      else still = node;
      break;
    }
    if (found === null) break;
  }
  return moving;
}

/** Which axis is the positions: [B, T, …] or [B, H, T, D]. */
function axisOf(shape: readonly number[], batch: number, seqLen: number): number {
  if (shape[0] !== batch) return -1;
  if (shape[1] === seqLen) return 1;
  return shape.length === 4 && shape[2] === seqLen ? 2 : -1;
}
