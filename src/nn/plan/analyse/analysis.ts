// Facts about a step that all passes of the planner use: its live nodes, the tensor each input reads once views are
// looked through, the readers of each value, and the tensors that are one number everywhere.

import type { PointwiseEmitter } from "../../kernels/wgsl/expression.ts";
import { broadcastSource, canonical, matrixSource, type Source } from "../../graph/look-through.ts";
import { assert } from "../../../error.ts";
import type { Work } from "../../graph/backend.ts";
import type { Node, Value } from "../../graph/graph.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";

/** A reader of a value: input `input` of `node`. Null for `node`: the value is read back or stored after the step. */
export interface Use {
  readonly node: Node | null;
  readonly input: number;
}

export class Analysis {
  /** Live nodes except views that readers look through, in the order recorded. */
  readonly live: readonly Node[];
  readonly #uses = new Map<Value, Use[]>();
  readonly #uniform = new Map<Value, NumberSource | null>();

  constructor(work: Work) {
    const seen = new Set<Node>();
    const stack: Node[] = [];
    const visit = (value: Value, use: Use): void => {
      const list = this.#uses.get(value);
      if (list) list.push(use);
      else this.#uses.set(value, [use]);
      if (!seen.has(value.node)) {
        seen.add(value.node);
        stack.push(value.node);
      }
    };
    const outside: Use = { node: null, input: 0 };
    // In recorded order, so that the recursion stays shallow: a chain of thousands of nodes would overflow the stack.
    for (const node of work.nodes) for (const value of node.outputs) this.uniform(value);
    for (const value of work.wanted) if (!this.uniform(value)) visit(canonical(value), outside);
    for (const { value } of work.writes) if (!this.uniform(value)) visit(canonical(value), outside);
    for (let node = stack.pop(); node; node = stack.pop()) {
      const consumer = node;
      consumer.inputs.forEach((value, input) => {
        if (!this.uniform(value)) visit(this.source(consumer, input).base, { node: consumer, input });
      });
    }
    this.live = [...seen].sort((a, b) => a.index - b.index);
  }

  uses(value: Value): readonly Use[] {
    return this.#uses.get(value) ?? [];
  }

  /** The tensor that input i of a node reads, beneath the views that its kernel can read through. */
  source(node: Node, i: number): Source {
    const value = node.in(i);
    if (node.op.pointwise) return broadcastSource(value);
    if (node.op.isProduct) return { base: matrixSource(value).base, shape: value.shape };
    return { base: canonical(value), shape: value.shape };
  }

  /** The number that all elements of the value equal, if it is known without a kernel; else null. */
  uniform(value: Value): NumberSource | null {
    const known = this.#uniform.get(value);
    if (known !== undefined) return known;
    const result = this.#uniformOf(value);
    this.#uniform.set(value, result);
    return result;
  }

  #uniformOf(value: Value): NumberSource | null {
    const node = value.node;
    const of = (i: number) => this.uniform(node.in(i));
    if (node.op.uniform) return node.op.uniform(node, of);
    if (node.inputs.length === 0) return null;
    if (node.op.view) return of(0);
    if (!node.op.pointwise) return null;
    const inputs: NumberSource[] = [];
    for (const input of node.inputs) {
      const x = this.uniform(input);
      if (!x) return null;
      inputs.push(x);
    }
    return foldPointwise(node, inputs);
  }
}

function foldPointwise(node: Node, inputs: readonly NumberSource[]): NumberSource {
  const values = [...inputs];
  const at = (i: number): NumberSource => {
    const value = values[i];
    assert(value, "an instruction reads an earlier one");
    return value;
  };
  const emitter: PointwiseEmitter = {
    unary: (op, a) => values.push({ kind: "unary", op, a: at(a) }) - 1,
    binary: (op, a, b) => values.push({ kind: "binary", op, a: at(a), b: at(b) }) - 1,
    where: (c, a, b) => values.push({ kind: "where", condition: at(c), a: at(a), b: at(b) }) - 1,
    constant: (value) => values.push({ kind: "constant", value }) - 1,
    number: (slot) => values.push({ kind: "slot", node: node.index, slot }) - 1,
  };
  assert(node.op.pointwise, `${node.op.name} is not elementwise`);
  return at(
    node.op.pointwise(
      emitter,
      inputs.map((_, i) => i),
      node,
    ),
  );
}
