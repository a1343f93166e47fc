// Where a forward pass begins to read ahead, or to mix rows: the first operation in its graph whose value of a row, at or
// before a position, moves when only later tokens or other rows change. A search over intermediate values finds it, so
// that the researcher gets the line.
import type { Tensor } from "../../nn/index.ts";
import type { Computer, ForwardPass, Witness } from "../../prepare/index.ts";

/** A graph that can be cut short. */
export interface Inspectable {
  /** The node of the logits; every node it needs comes before it. */
  readonly last: number;
  /** The value of a node in place of the logits; null for a node without a readable value. */
  upTo(node: number): { readonly shape: readonly number[]; readonly pass: ForwardPass } | null;
}

/**
 * The number of the node, by bisection. Compared are values [B, T, …], [B, H, T, D] and [B T, …], and any [B, …] where
 * other rows change; nodes of other shapes are skipped. The search ends early when `goOn` returns false.
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
    const part = value === null ? null : partOf(value.shape, witness, batch, seqLen);
    if (value === null || part === null) return null;
    const seen: ArrayLike<number>[] = [];
    for (const input of [witness.before, witness.after]) {
      tokens.set(input);
      const read = engine.readLater(part(value.pass(tokens)));
      await engine.prepare();
      seen.push(await read);
    }
    return Array.from(seen[0]).some((x, i) => x !== seen[1][i]);
  }
  let still = -1;
  let moving = graph.last;
  while (moving - still > 1 && goOn()) {
    const middle = (still + moving) >> 1;
    // The nearest node with a readable value: downwards from the middle, then upwards.
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

/** Selects the part of a value of this shape that must not move; null if the shape does not tell. */
function partOf(
  shape: readonly number[],
  { row, position }: Witness,
  batch: number,
  seqLen: number,
): ((value: Tensor) => Tensor) | null {
  if (batch > 1 && shape[0] === batch * seqLen) return (x) => x.narrow(0, row * seqLen, position + 1);
  if (shape[0] !== batch) return null;
  const axis = shape[1] === seqLen ? 1 : shape.length === 4 && shape[2] === seqLen ? 2 : -1;
  if (axis >= 0) return (x) => x.narrow(0, row, 1).narrow(axis, 0, position + 1);
  return position === seqLen - 1 ? (x) => x.narrow(0, row, 1) : null;
}
