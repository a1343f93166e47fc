// Reverse-mode differentiation on the recorded graph: walks the tape backwards from a scalar and records, for each
// operation, the gradients of its inputs. The planner drops unused gradients.

import { LabError } from "../../error.ts";
import type { GradientContext, Node, Value } from "../graph/graph.ts";
import { full } from "../ops/basic/create.ts";
import { cat, padOp } from "../ops/basic/pieces.ts";
import { numberOf, type StructureNode } from "../graph/structure-trie.ts";
import { recorder } from "./current-recorder.ts";
import { numel, show } from "../values/shape.ts";
import { showValue } from "../values/show-value.ts";
import { Tensor } from "./tensor.ts";

export function backward(loss: Tensor): void {
  if (numel(loss.shape) !== 1)
    throw new LabError("shape", {
      what: "backward: needs a scalar",
      got: show(loss.shape),
      expected: "one element",
      hint: "take the mean or the sum",
    });
  const active = recorder();
  const root = active.current(loss.value);
  if (!root.node.needsGrad)
    throw new LabError("value", {
      what: "backward: no parameter leads to this loss",
      hint: "was it computed under noGrad, detached, or in an earlier step?",
    });
  const before = active.gradients;
  active.gradients = false;
  active.backwards.push(active.tape.nodes.length);
  try {
    propagate(root);
  } finally {
    active.gradients = before;
    active.lines.current = null;
    active.backwards.push(active.tape.nodes.length);
  }
}

/** The recording of one call, which is repeated when `backward` is called at the same place with the same numbers. */
interface Remembered {
  readonly root: number;
  /** The nodes on its way that carry numbers, and those numbers. */
  readonly through: readonly { readonly index: number; readonly numbers: readonly number[] }[];
  readonly places: readonly StructureNode[];
  readonly numbers: readonly (readonly number[])[];
  readonly found: readonly Found[];
}
/** The gradient of a leaf: tape indices of the leaf and of the gradient's node, and the output of that node. */
interface Found {
  readonly leaf: number;
  readonly gradient: number;
  readonly output: number;
}

const remembered = new WeakMap<StructureNode, Remembered>();

function propagate(root: Value): void {
  const active = recorder();
  const { tape } = active;
  const start = tape.place;
  const before = remembered.get(start);
  if (before && before.root === numberOf(root) && sameNumbers(before, tape.nodes)) {
    active.repeat(before.places, before.numbers);
    collect(before.found);
    return;
  }
  const first = tape.nodes.length;
  const walk = new Walk(root);
  active.lines.current = null;
  const recorded = tape.nodes.slice(first);
  const places = pathFrom(start, tape.place);
  // A recording with a leaf is not repeated: the leaf differs next time.
  if (!walk.free && places.length === recorded.length && recorded.every((node) => node.leaf === null))
    remembered.set(start, {
      root: numberOf(root),
      through: walk.through,
      places,
      numbers: recorded.map((node) => node.numbers),
      found: walk.found,
    });
  collect(walk.found);
}

function sameNumbers({ through }: Remembered, nodes: readonly Node[]): boolean {
  for (const { index, numbers } of through) {
    const now = nodes[index].numbers;
    for (let i = 0; i < numbers.length; i++) if (!Object.is(now[i], numbers[i])) return false;
  }
  return true;
}

function pathFrom(start: StructureNode, end: StructureNode): StructureNode[] {
  const path: StructureNode[] = [];
  for (let at: StructureNode | null = end; at !== null && at !== start; at = at.parent) path.push(at);
  return path.reverse();
}

/** Adds each gradient to `grad` of its tensor. */
function collect(found: readonly Found[]): void {
  const active = recorder();
  const { nodes } = active.tape;
  for (const { leaf, gradient, output } of found) {
    const from = nodes[leaf].leaf;
    const owner = from ? active.gradientOwner(from) : null;
    if (!owner) continue;
    const g = new Tensor(nodes[gradient].out(output));
    owner.grad = owner.grad ? owner.grad.add(g) : g;
  }
}

/** One backward walk along the tape, which records gradients. */
class Walk {
  readonly through: { index: number; numbers: readonly number[] }[] = [];
  readonly found: Found[] = [];
  /** Whether the walk called a gradient function of train.ts. */
  free = false;
  /** Gradient contributions by node index and output. */
  readonly #pending: (Tensor[] | undefined)[][] = [];

  constructor(root: Value) {
    const active = recorder();
    const { nodes } = active.tape;
    active.lines.current = root.node.line;
    this.#add(root, full(root.shape, 1));
    for (let i = root.node.index; i >= 0; i--) {
      const contributions = this.#pending[i];
      const node = nodes[i];
      if (!contributions || !node) continue;
      this.#pending[i] = [];
      // A gradient gets the line of its forward operation; a gradient function in train.ts has its own lines.
      active.lines.current = node.op.freeGradient ? null : node.line;
      this.#step(
        node,
        node.outputs.map((_, k) => sumOf(contributions[k])),
      );
    }
  }

  #step(node: Node, grads: readonly (Tensor | null)[]): void {
    if (node.leaf) {
      const g = grads[0]?.value;
      if (g) this.found.push({ leaf: node.index, gradient: g.node.index, output: g.output });
      return;
    }
    if (node.numbers.length > 0) this.through.push({ index: node.index, numbers: node.numbers });
    if (node.op.freeGradient) this.free = true;
    const inputs = node.op.gradient?.(new Context(node, grads)) ?? [];
    for (let k = 0; k < inputs.length; k++) {
      const g = inputs[k];
      const input = node.in(k);
      if (g && input.node.needsGrad) this.#add(input, g);
    }
  }

  #add(value: Value, g: Tensor): void {
    const outputs = (this.#pending[value.node.index] ??= []);
    (outputs[value.output] ??= []).push(g);
  }
}

class Context implements GradientContext {
  readonly node: Node;
  readonly grads: readonly (Tensor | null)[];
  constructor(node: Node, grads: readonly (Tensor | null)[]) {
    this.node = node;
    this.grads = grads;
  }
  get grad(): Tensor {
    return this.grads[0] ?? full(this.node.out().shape, 0);
  }
  input(i: number): Tensor {
    return new Tensor(this.node.in(i));
  }
  output(i: number): Tensor {
    return new Tensor(this.node.out(i));
  }
  wants(i: number): boolean {
    return this.node.in(i).node.needsGrad;
  }
}

function sumOf(contributions: Tensor[] | undefined): Tensor | null {
  if (!contributions) return null;
  return joinPieces(contributions) ?? contributions.reduce((a, b) => a.add(b));
}

/** If gradients of narrows tile the whole tensor, concatenates them; a sum of padded pieces would cost more. */
function joinPieces(contributions: readonly Tensor[]): Tensor | null {
  if (contributions.length < 2) return null;
  const pieces = contributions.map((g) => {
    const node = g.value.node;
    const { axis, before, after } = node.attrs as { axis: number; before: number; after: number };
    return node.op === padOp ? { axis, before, after, value: node.in(0) } : null;
  });
  const axis = pieces[0]?.axis;
  const sorted = pieces.flatMap((p) => (p && p.axis === axis ? [p] : [])).sort((a, b) => a.before - b.before);
  if (axis === undefined || sorted.length !== contributions.length) return null;
  let end = 0;
  for (const piece of sorted) {
    if (piece.before !== end) return null;
    end += piece.value.shape[axis];
  }
  if (sorted[sorted.length - 1].after !== 0) return null;
  return cat(
    sorted.map((piece) => new Tensor(piece.value)),
    axis,
  );
}

/**
 * Whether the lab is recording the forward pass for scoring, not a training step. Switch noise off then:
 * `nn.dropout(x, nn.scoring() ? 0 : 0.1)`.
 */
export const scoring = (): boolean => recorder().scoring;

/** Runs fn without recording gradients. */
export function noGrad<T>(fn: () => T): T {
  if (typeof fn !== "function")
    throw new LabError("value", { what: "noGrad", got: showValue(fn), expected: "a function" });
  const active = recorder();
  const before = active.gradients;
  active.gradients = false;
  try {
    const result = fn();
    if (result instanceof Promise)
      throw new LabError("value", {
        what: "noGrad",
        got: "an asynchronous function",
        expected: "one that returns at once",
        hint: "await outside of it",
      });
    return result;
  } finally {
    active.gradients = before;
  }
}
