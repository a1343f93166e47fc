// The arithmetic a model asks for, whatever the plan makes of it: what utilisation is measured against. Attention that
// is computed again in the backward pass counts once, and so it stays comparable between engines.

import type { Node } from "../graph/graph.ts";

/** A backward pass is two products for each of the forward pass: one for either operand. */
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
