// Model FLOPs: the arithmetic that a model requires, independent of the plan; the basis of utilisation. Attention that
// the backward pass recomputes counts once, so the number is comparable between engines.

import type { Node } from "../graph/graph.ts";

/** For each product of the forward pass, the backward pass has two: one for each operand. */
const FORWARD_AND_BACKWARD = 3;

/**
 * Operations of one step: three times the forward products, attention (only the pairs a mask leaves) and convolutions
 * that lead to a parameter. After PaLM's model FLOPs (arXiv 2204.02311, appendix B); optimizers are left out.
 */
export function modelFlops(nodes: readonly Node[]): number {
  // Gradients and optimizers record nothing that needs a gradient itself.
  const forward = nodes.filter((node) => node.needsGrad);
  return FORWARD_AND_BACKWARD * forward.reduce((sum, node) => sum + (node.op.flops?.(node) ?? 0), 0);
}
