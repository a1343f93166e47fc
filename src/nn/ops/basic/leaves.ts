// The leaves of graphs: a persistent tensor, a host array, a persistent tensor after a write in this step, and a
// constant fill whose value is a number of the plan.

import { define, type Operation } from "../../graph/graph.ts";
import type { Shape } from "../../values/shape.ts";
import { exactly } from "../../dependence/rules/pointwise.ts";
import * as known from "../../dependence/knowledge.ts";

/** A parameter or state as it was at the start of the step. */
export const parameterLeaf = define({
  name: "parameter",
  arity: 0,
  attrs: {},
  infer: () => [],
});

/** A host array. */
export const dataLeaf = define({
  name: "data",
  arity: 0,
  attrs: {},
  infer: () => [],
});

/** A persistent tensor after an assign or an optimizer's step. Backward stops here and collects the gradient. */
export const updatedLeaf = define({
  name: "updated",
  arity: 1,
  attrs: {},
  training: true,
  view: "same",
  infer: (inputs) => inputs.slice(0, 1),
});

/** Marks a write in the structure of a step. It is not registered and never the operation of a node. */
export const writing: Operation = Object.freeze<Operation>({
  name: "writing",
  arity: [1, 4096],
  attrs: {},
  training: true,
  infer: () => [],
});

/** A tensor filled with one number. */
export const fullOp = define({
  name: "full",
  arity: 0,
  attrs: { shape: { kind: "shape" } },
  numbers: 1,
  infer: (_, attrs) => [{ shape: attrs.shape as Shape, dtype: "f32" }],
  uniform: (node) => ({ kind: "slot", node: node.index, slot: 0 }),
  follow: ({ attrs, numbers }) => [known.constant(attrs.shape as Shape, ...exactly(numbers[0]))],
  lower(node, lowering) {
    lowering.fill(lowering.output(node), lowering.number(node, 0));
  },
});
