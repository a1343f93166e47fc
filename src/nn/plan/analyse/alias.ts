// Views that need no kernel: their elements lie in the memory of the viewed tensor, in order and without a gap.

import type { Node, Value } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Operand } from "../../graph/lowering.ts";

// A binding begins at a multiple of 256 bytes.
const ALIGNED = 64;

/**
 * The memory of a view inside its input: of a permutation that moves only axes of size 1, or of an aligned piece along
 * the leading axis. Null for a view that needs a kernel. Calls `read`, which may emit kernels, only for an alias.
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
