// Reverse-mode differentiation on the recorded graph: walks the tape backwards from a scalar and records, for each
// operation, the gradients of its inputs. What nobody uses is dropped when the step is planned.

import { LabError } from "../error.ts";
import type { GradientContext, Node, Value } from "./graph.ts";
import { full } from "./ops/create.ts";
import { cat } from "./ops/pieces.ts";
import { recorder } from "./recorder.ts";
import { numel, show } from "./shape.ts";
import { Tensor } from "./tensor.ts";

export function backward(loss: Tensor): void {
  if (numel(loss.shape) !== 1)
    throw new LabError("shape", {
      what: "backward: needs a scalar",
      got: show(loss.shape),
      expected: "one element",
      hint: "take the mean or the sum",
    });
  const root = loss.value;
  if (!root.node.needsGrad)
    throw new LabError("value", {
      what: "backward: no parameter leads to this loss",
      hint: "was it computed under noGrad, detached, or in an earlier step?",
    });
  const active = recorder();
  const before = active.gradients;
  active.gradients = false;
  try {
    propagate(root, full(loss.shape, 1));
  } finally {
    active.gradients = before;
  }
}

function propagate(root: Value, seed: Tensor): void {
  const nodes = recorder().tape.nodes;
  // Gradient contributions by node index and output.
  const pending: (Tensor[] | undefined)[][] = [];
  pending[root.node.index] = [];
  addTo(pending, root, seed);
  for (let i = root.node.index; i >= 0; i--) {
    const contributions = pending[i];
    const node = nodes[i];
    if (!contributions || !node) continue;
    pending[i] = [];
    const grads = node.outputs.map((_, k) => sumOf(contributions[k]));
    if (node.leaf) {
      const tensor = recorder().gradientOwner(node.leaf);
      const g = grads[0];
      if (tensor && g) tensor.grad = tensor.grad ? tensor.grad.add(g) : g;
      continue;
    }
    const inputs = node.op.gradient?.(contextOf(node, grads)) ?? [];
    for (let k = 0; k < inputs.length; k++) {
      const g = inputs[k];
      const input = node.in(k);
      if (g && input.node.needsGrad) addTo(pending, input, g);
    }
  }
}

function contextOf(node: Node, grads: readonly (Tensor | null)[]): GradientContext {
  const first = grads[0];
  return {
    node,
    grads,
    get grad(): Tensor {
      return first ?? full(node.out().shape, 0);
    },
    input: (i) => new Tensor(node.in(i)),
    output: (i) => new Tensor(node.out(i)),
    wants: (i) => node.in(i).node.needsGrad,
  };
}

function addTo(pending: (Tensor[] | undefined)[][], value: Value, g: Tensor): void {
  const outputs = (pending[value.node.index] ??= []);
  (outputs[value.output] ??= []).push(g);
}

function sumOf(contributions: Tensor[] | undefined): Tensor | null {
  if (!contributions) return null;
  return joinPieces(contributions) ?? contributions.reduce((a, b) => a.add(b));
}

/** Gradients of narrows that tile the whole tensor are its pieces side by side, not padded sums. */
function joinPieces(contributions: readonly Tensor[]): Tensor | null {
  if (contributions.length < 2) return null;
  const pieces = contributions.map((g) => {
    const node = g.value.node;
    const { axis, before, after } = node.attrs as { axis: number; before: number; after: number };
    return node.op.name === "pad" ? { axis, before, after, value: node.in(0) } : null;
  });
  const axis = pieces[0]?.axis;
  const sorted = pieces.flatMap((p) => (p && p.axis === axis ? [p] : [])).sort((a, b) => a.before - b.before);
  if (axis === undefined || sorted.length !== contributions.length) return null;
  let end = 0;
  for (const piece of sorted) {
    if (piece.before !== end) return null;
    end += piece.value.shape[axis] ?? 0;
  }
  if (sorted[sorted.length - 1]?.after !== 0) return null;
  return cat(
    sorted.map((piece) => new Tensor(piece.value)),
    axis,
  );
}

/** Runs fn without recording gradients. */
export function noGrad<T>(fn: () => T): T {
  const active = recorder();
  const before = active.gradients;
  active.gradients = false;
  try {
    return fn();
  } finally {
    active.gradients = before;
  }
}
