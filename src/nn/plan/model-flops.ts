// The arithmetic a model asks for, whatever the plan makes of it: what utilisation is measured against. Attention that
// is computed again in the backward pass counts once, and so it stays comparable between engines.

import type { Node } from "../graph/graph.ts";
import { pairs } from "../kernels/layers/attention.ts";
import { attentionShape } from "../ops/layers/attention.ts";
import { productShape } from "./analyse/products.ts";
import { numel } from "../values/shape.ts";

/** A backward pass is two products for each of the forward pass: one for either operand. */
const FORWARD_AND_BACKWARD = 3;

/**
 * Operations of one step: three times the forward products, attention (only the pairs a mask leaves) and convolutions
 * that lead to a parameter. After PaLM's model FLOPs (arXiv 2204.02311, appendix B); optimizers are left out.
 */
export function modelFlops(nodes: readonly Node[]): number {
  // Gradients and optimizers record nothing that needs a gradient itself.
  const forward = nodes.filter((node) => node.needsGrad);
  return FORWARD_AND_BACKWARD * forward.reduce((sum, node) => sum + forwardFlops(node), 0);
}

function forwardFlops(node: Node): number {
  switch (node.op.name) {
    case "matmul": {
      const { batch, m, n, k } = productShape(node);
      return 2 * batch * m * n * k;
    }
    case "attention": {
      const shape = attentionShape(node.in(0), node.in(1), node.attrs);
      return 4 * pairs(shape) * shape.dim;
    }
    case "causalConv":
      return 2 * numel(node.in(0).shape) * (node.in(1).shape[0] ?? 0);
    default:
      return 0;
  }
}
