// What a matrix product reads, and the shape in which the kernels see it.

import type { Node, Value } from "../../graph/graph.ts";
import type { Expression } from "../../kernels/wgsl/expression.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "./analysis.ts";
import { ExpressionBuilder } from "./expression-builder.ts";
import type { Fusion } from "./fusion.ts";

/**
 * What a product reads on its left: a tensor, or one and the chain applied to it on the way. Null where the chain has
 * numbers of its own or reads several.
 */
export function leftOf(
  fusion: Fusion,
  analysis: Analysis,
  product: Node,
): { readonly value: Value; readonly prologue?: Expression } | null {
  const { base } = matrixSource(product.in(0));
  if (!fusion.inline(base.node)) return analysis.uniform(base) ? null : { value: base };
  const builder = new ExpressionBuilder();
  const prologue = builder.finish(fusion.build(builder, base.node, () => false));
  const [input] = builder.inputs;
  if (!input || builder.inputs.length > 1 || builder.numbers.length > 0) return null;
  return { value: input.value, prologue };
}

/** The product as the kernels see it: transposed sources looked through, batches of rows made one. */
export function productShape(node: Node) {
  const [left, right] = [matrixSource(node.in(0)), matrixSource(node.in(1))];
  const out = node.out().shape;
  const n = out[out.length - 1];
  let m = out[out.length - 2];
  const shapeA = node.in(0).shape;
  const k = shapeA[shapeA.length - (node.attrs.transposeA === true ? 2 : 1)];
  let batch = numel(out) / (m * n);
  const [batchA, batchB] = [numel(shapeA.slice(0, -2)), numel(node.in(1).shape.slice(0, -2))];
  const transposeA = (node.attrs.transposeA === true) !== left.transposed;
  const transposeB = (node.attrs.transposeB === true) !== right.transposed;
  // Rows of the whole batch against one right operand are one product.
  if (batchB === 1 && batchA === batch && !transposeA) [m, batch] = [m * batch, 1];
  return {
    batch,
    m,
    n,
    k,
    transposeA,
    transposeB,
    strideA: batch > 1 && batchA === 1 ? 0 : undefined,
    strideB: batch > 1 && batchB === 1 ? 0 : undefined,
  };
}
