// Numbers of a plan: the source of each slot of the uniform blocks, evaluated at every replay. Uniform tensors (a fill,
// or a tensor computed only from fills) need no memory: the host folds them into numbers.

import type { Node } from "./graph.ts";
import type { BinaryOp, UnaryOp } from "../kernels/wgsl/expression.ts";
import { binaryFunctions, unaryFunctions } from "../kernels/wgsl/float64.ts";

export type NumberSource =
  | { readonly kind: "slot"; readonly node: number; readonly slot: number }
  | { readonly kind: "constant"; readonly value: number }
  | { readonly kind: "unary"; readonly op: UnaryOp; readonly a: NumberSource }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly a: NumberSource; readonly b: NumberSource }
  | {
      readonly kind: "where";
      readonly condition: NumberSource;
      readonly a: NumberSource;
      readonly b: NumberSource;
    };

/** The value of a source for the nodes just recorded. */
export function evaluate(source: NumberSource, nodes: readonly Node[]): number {
  switch (source.kind) {
    case "slot":
      return nodes[source.node].numbers[source.slot];
    case "constant":
      return source.value;
    case "unary":
      return unaryFunctions[source.op](evaluate(source.a, nodes));
    case "binary":
      return binaryFunctions[source.op](evaluate(source.a, nodes), evaluate(source.b, nodes));
    case "where":
      return evaluate(source.condition, nodes) !== 0 ? evaluate(source.a, nodes) : evaluate(source.b, nodes);
  }
}
