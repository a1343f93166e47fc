// The left operand of a matrix product, and the shape of the product for its kernel.

import type { Node, Value } from "../../graph/graph.ts";
import type { Expression } from "../../kernels/wgsl/expression.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "./analysis.ts";
import { ExpressionBuilder } from "./expression-builder.ts";
import type { Fusion } from "./fusion.ts";

/**
 * The left operand of a product: a tensor, and possibly the chain that the product applies to it (`prologue`). Null if
 * the chain has run-time numbers or reads several tensors.
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

/** The shape of a product for its kernel: transposes become flags, and batches of rows become one matrix. */
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
