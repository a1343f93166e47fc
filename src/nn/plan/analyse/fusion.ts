// Decides which elementwise nodes never reach memory. A node is computed inside its readers if all of them support it
// and it costs no more than storing it: it has one reader, or it is a few cheap instructions on one tensor.

import type { Node, Value } from "../../graph/graph.ts";
import type { Capabilities } from "../../kernels/kernel.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis, Use } from "./analysis.ts";
import { ExpressionBuilder } from "./expression-builder.ts";

/** Number of instructions that are cheaper than a round trip to memory, and than a dispatch. */
const CHEAP = 8;
const MAX_COST = 96;

/** Stands for an instruction: the term of a sum that the kernel of another term computes. */
export const ELSEWHERE = -1;

/** The inputs and the cost of a node that is computed inside its reader. */
interface Cluster {
  readonly inputs: ReadonlySet<Value>;
  /** Whether every input covers all elements or has a single one, so that no input is broadcast along an axis. */
  readonly flat: boolean;
  readonly full: number;
  readonly cost: number;
}

export class Fusion {
  readonly #analysis: Analysis;
  readonly #inline = new Set<Node>();
  readonly #clusters = new Map<Node, Cluster>();
  /** Nodes whose kernel is deferred and then also computes an elementwise reader, by node. */
  readonly #absorbed = new Map<Node, Node>();
  readonly #absorbs = new Map<Node, Node>();
  readonly #mostInputs: number;
  readonly #apart: (node: Node) => boolean;

  /** `apart`: nodes that other passes compute; their inputs and outputs are in memory. */
  constructor(analysis: Analysis, caps: Capabilities, apart: (node: Node) => boolean) {
    this.#analysis = analysis;
    this.#apart = apart;
    this.#mostInputs = Math.max(2, Math.min(7, caps.maxStorageBuffers - 2));
    const chains = analysis.live.filter((node) => node.op.pointwise && !apart(node));
    for (const node of chains) this.#decide(node);
    for (const node of chains) if (!this.#inline.has(node)) this.#absorb(node);
  }

  /** Whether the node is computed inside its readers. */
  inline(node: Node): boolean {
    return this.#inline.has(node);
  }
  /** The elementwise node that this node's kernel also computes. */
  absorbedBy(node: Node): Node | undefined {
    return this.#absorbed.get(node);
  }
  absorbs(node: Node): Node | undefined {
    return this.#absorbs.get(node);
  }
  /** The stored chains that read a value, directly or through chains computed inside them. */
  chainsReading(value: Value): Node[] {
    const found = new Set<Node>();
    const visit = (v: Value): void => {
      for (const { node } of this.#analysis.uses(v)) {
        if (!node?.op.pointwise || found.has(node)) continue;
        if (this.#inline.has(node)) visit(node.out());
        else found.add(node);
      }
    };
    visit(value);
    return [...found];
  }

  /** Appends the node and the nodes computed inside it; values for which `stop` holds are read from memory instead. */
  build(
    builder: ExpressionBuilder,
    node: Node,
    inMemory: (value: Value) => boolean,
    known = new Map<Value, number>(),
  ): number {
    const operands = node.inputs.map((value, i) => {
      const uniform = this.#analysis.uniform(value);
      if (uniform) return builder.number(uniform);
      const { base, shape } = this.#analysis.source(node, i);
      const existing = known.get(base);
      if (existing !== undefined) return existing;
      if (!this.#inline.has(base.node) || inMemory(base)) return builder.input(base, shape);
      const index = this.build(builder, base.node, inMemory, known);
      known.set(base, index);
      return index;
    });
    const [a = ELSEWHERE, b = ELSEWHERE] = operands;
    if (node.op.isSum && operands.length === 2 && (a === ELSEWHERE || b === ELSEWHERE))
      return a === ELSEWHERE ? b : a;
    return builder.node(node, operands);
  }

  #decide(node: Node): void {
    const cluster = this.#clusterOf(node);
    this.#clusters.set(node, cluster);
    const uses = this.#analysis.uses(node.out());
    const cheap = cluster.cost <= CHEAP && cluster.full <= 1 && cluster.flat;
    if ((uses.length === 1 || cheap) && uses.every((use) => this.#takes(use, node, cluster)))
      this.#inline.add(node);
  }

  #clusterOf(node: Node): Cluster {
    const size = numel(node.out().shape);
    const inputs = new Set<Value>();
    let flat = true;
    let cost = node.op.costly ? CHEAP : 1;
    const producers: Node[] = [];
    node.inputs.forEach((value, i) => {
      if (this.#analysis.uniform(value)) return;
      const { base, shape } = this.#analysis.source(node, i);
      const inner = this.#inline.has(base.node) ? this.#clusters.get(base.node) : undefined;
      if (inner && !producers.includes(base.node)) {
        producers.push(base.node);
        for (const input of inner.inputs) inputs.add(input);
        cost += inner.cost;
        flat &&= inner.flat;
      } else if (!inner) {
        inputs.add(base);
        flat &&= numel(shape) === size || numel(shape) === 1;
      }
    });
    if ((inputs.size > this.#mostInputs || cost > MAX_COST) && producers.length > 0) {
      for (const producer of producers) this.#inline.delete(producer);
      return this.#clusterOf(node);
    }
    const full = [...inputs].filter((input) => numel(input.shape) === size).length;
    return { inputs, flat, full, cost };
  }

  #takes(use: Use, node: Node, cluster: Cluster): boolean {
    const reader = use.node;
    if (!reader || this.#apart(reader)) return false;
    const size = numel(node.out().shape);
    if (reader.op.pointwise) {
      const seen = this.#analysis.source(reader, use.input).shape;
      const target = reader.out().shape;
      if (numel(target) !== size) return false;
      const same = seen.length === node.out().shape.length && seen.every((s, i) => s === node.out().shape[i]);
      return (same && target.length === seen.length) || cluster.flat;
    }
    // A product computes its left operand again for every tile of columns.
    if (reader.op.isProduct) {
      const other = this.#analysis.source(reader, 1).base;
      return (
        use.input === 0 &&
        other.node !== node &&
        cluster.flat &&
        cluster.inputs.size === 1 &&
        cluster.full === 1 &&
        cluster.cost <= CHEAP
      );
    }
    return reader.op.readsChain === true && cluster.flat && cluster.inputs.size <= 4;
  }

  /** Looks for a product, a norm's gradient or a sum of squares whose kernel can compute this stored chain. */
  #absorb(root: Node): void {
    const cluster = this.#clusters.get(root);
    if (!cluster) return;
    const candidates = [...cluster.inputs]
      .filter(
        (value) =>
          numel(value.shape) === numel(root.out().shape) && value.output === 0 && this.#onlyFor(value, root),
      )
      .map((value) => value.node)
      .filter((node) => this.#fits(node, root) && !this.#absorbed.has(node) && !this.#apart(node))
      // The last one: by then all other inputs of the chain are in memory.
      .sort((a, b) => b.index - a.index);
    const node = candidates[0];
    if (!node) return;
    this.#absorbed.set(node, root);
    this.#absorbs.set(root, node);
  }

  #fits(node: Node, root: Node): boolean {
    if (node.op.isProduct) return this.#fitsProduct(node, root);
    if (node.op.lowerEnding) return this.#clusters.get(root)?.inputs.size === 1;
    return node.op.lowerAdding !== undefined && isSum(root);
  }

  #fitsProduct(product: Node, root: Node): boolean {
    const builder = new ExpressionBuilder();
    this.build(builder, root, () => false);
    return builder.inputs.every(
      ({ value, shape }) => value === product.out() || extraKind(product, root, shape) !== null,
    );
  }

  /** Whether every reader of the value ends up in this one chain. */
  #onlyFor(value: Value, root: Node): boolean {
    return this.#analysis.uses(value).every(({ node }) => {
      if (!node?.op.pointwise) return false;
      return node === root || (this.#inline.has(node) && this.#onlyFor(node.out(), root));
    });
  }
}

/** The ExtraKind of an input of an epilogue on a product [..., M, N]; null if its shape fits none. */
export function extraKind(
  product: Node,
  root: Node,
  shape: readonly number[],
): "full" | "row" | "column" | "scalar" | null {
  const out = product.out().shape;
  const n = out[out.length - 1];
  const size = numel(out);
  const count = numel(shape);
  if (count === size) return "full";
  if (count === 1) return "scalar";
  const target = root.out().shape;
  if (target[target.length - 1] !== n) return null;
  if (count === n && shape[shape.length - 1] === n) return "row";
  const rows = size / n;
  const leads = shape.length === target.length && shape[shape.length - 1] === 1 && count === rows;
  return leads && singleMatrix(product) ? "column" : null;
}

/** Whether the kernels see the product as one matrix [M, N]: no batch, or a batch of rows times one right operand. */
export function singleMatrix(product: Node): boolean {
  const out = product.out().shape;
  return (
    out.length === 2 || (numel(product.in(1).shape.slice(0, -2)) === 1 && product.attrs.transposeA !== true)
  );
}

/** Whether the node is the sum of two tensors, not of a tensor and a number. */
export function isSum({ op, inputs }: Node): boolean {
  return op.isSum === true && inputs.length === 2;
}
