// Views that need no kernel: their elements lie in the memory of what they show, in order and without a gap.

import type { Node, Value } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Operand } from "../../graph/lowering.ts";

// A binding begins at a multiple of 256 bytes.
const ALIGNED = 64;

/**
 * Where the result of a move of axes of size 1, or of an aligned piece along the leading axis, lies in its input; null
 * for what has to be computed. `read` gives the place of a value, and is asked only where it is the answer.
 */
export function aliasOf(node: Node, read: (value: Value) => Operand): Operand | null {
  if (node.op.view === "reorder") {
    const sizes = node.in(0).shape;
    const moved = (node.attrs.axes as readonly number[]).filter((axis) => sizes[axis] !== 1);
    return moved.some((axis, i) => i > 0 && axis < moved[i - 1]) ? null : read(node.in(0));
  }
  if (node.op.view !== "piece") return null;
  const { axis, start } = node.attrs as { axis: number; start: number };
  const shape = node.in(0).shape;
  const offset = start * numel(shape.slice(axis + 1));
  if (numel(shape.slice(0, axis)) !== 1 || offset % ALIGNED !== 0) return null;
  const source = read(node.in(0));
  return {
    buffer: source.buffer,
    offset: source.offset + offset,
    count: numel(node.out().shape),
    half: source.half,
  };
}
