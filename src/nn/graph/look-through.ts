// Looks through views and expansions to the value whose memory is read.

import type { Value } from "./graph.ts";
import type { Shape } from "../values/shape.ts";

/** The source of an operand: a base in memory, read in a shape that broadcasts against that of the consumer. */
export interface Source {
  readonly base: Value;
  readonly shape: Shape;
}

/** The value whose memory a value shares, element for element. */
export function canonical(value: Value): Value {
  let v = value;
  while (v.node.op.view === "same") v = v.node.in(0);
  return v;
}

/** For elementwise readers: also looks through expand, by broadcasting. */
export function broadcastSource(value: Value): Source {
  let v = value;
  let shape = value.shape;
  for (;;) {
    if (v.node.op.view === "same") v = v.node.in(0);
    // After a reshape the axes differ, and broadcasting would repeat the wrong ones.
    else if (
      v.node.op.view === "repeat" &&
      v.shape.length === shape.length &&
      v.shape.every((s, i) => s === shape[i])
    ) {
      v = v.node.in(0);
      shape = v.shape;
    } else return { base: v, shape };
  }
}

/** For products: also looks through a swap of the last two axes. */
export function matrixSource(value: Value): { base: Value; transposed: boolean } {
  const { node } = value;
  const axes = node.op.view === "reorder" ? (node.attrs.axes as readonly number[]) : [];
  const last = axes.length - 1;
  const swapped =
    last >= 1 && axes.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
  return swapped
    ? { base: canonical(node.in(0)), transposed: true }
    : { base: canonical(value), transposed: false };
}
