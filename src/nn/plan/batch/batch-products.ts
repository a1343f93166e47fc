// Groups similar nodes whose operands or results are adjacent in memory, so that one dispatch computes the group:
//   - products of one x with several weights (queries, keys and values), and the gradients of those weights;
//   - one operation on several such results: one RoPE rotates queries and keys;
//   - sums whose results may lie anywhere in one buffer: the gradients of all gains.
// The results of a group lie side by side, because the next group needs its operands side by side.

import { assert } from "../../../error.ts";
import { offsetOf } from "../../graph/leaf.ts";
import { by, type Group, idOf, productKey } from "./groups.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "../analyse/analysis.ts";
import { canonical, matrixSource } from "../../graph/look-through.ts";
import { productShape } from "../analyse/products.ts";
import type { Fusion } from "../analyse/fusion.ts";
import type { Placement } from "../analyse/placement.ts";
import { batchLayers } from "./batch-layers.ts";

export class ProductBatches {
  readonly #groups = new Map<Node, Group>();
  readonly #analysis: Analysis;
  readonly #fusion: Fusion;
  readonly #placement: Placement;

  constructor(analysis: Analysis, fusion: Fusion, placement: Placement, apart: (node: Node) => boolean) {
    this.#analysis = analysis;
    this.#fusion = fusion;
    this.#placement = placement;
    const products = analysis.live.filter((node) => !apart(node) && this.#plainProduct(node));
    const rows = analysis.live.filter((node) => node.op.lowerAll);
    this.#overWeights(products);
    this.#rowWise(rows);
    this.#ofWeights(products);
    this.#ofLayers(analysis.live.filter((node) => !apart(node) && this.#singleProduct(node)));
    this.#spread(analysis.live.filter((node) => node.op.lowerSpread));
  }

  /** The group of a node; null if it has none. */
  of(node: Node): Group | null {
    return this.#groups.get(node) ?? null;
  }
  /** Removes the group of a node: its members are emitted one by one. */
  dissolve(node: Node): void {
    for (const member of this.#groups.get(node)?.nodes ?? []) this.#groups.delete(member);
  }

  /** Whether the node is one matrix product into which no chain fuses. */
  #plainProduct(node: Node): boolean {
    return this.#singleProduct(node) && !this.#fusion.inline(matrixSource(node.in(0)).base.node);
  }
  /** Whether the node is one matrix product whose result is stored unchanged. */
  #singleProduct(node: Node): boolean {
    return (
      node.op.isProduct === true &&
      productShape(node).batch === 1 &&
      !this.#fusion.absorbedBy(node) &&
      [0, 1].every((i) => !this.#analysis.uniform(matrixSource(node.in(i)).base)) &&
      this.#analysis.uses(node.out()).every((use) => !use.node?.op.pointwise)
    );
  }

  /** Groups products of one x with adjacent weights. */
  #overWeights(products: readonly Node[]): void {
    const weight = (node: Node) => matrixSource(node.in(1)).base.node.start;
    const sets = by(products, (node) => {
      const leaf = weight(node);
      if (leaf?.kind !== "persistent") return null;
      return `${productKey(node)} ${idOf(matrixSource(node.in(0)).base)} ${leaf.group.id}`;
    });
    const offset = (node: Node) => {
      const leaf = weight(node);
      assert(leaf?.kind === "persistent", "weights are persistent tensors");
      return offsetOf(leaf);
    };
    for (const set of sets)
      for (const run of runs(set, offset, (node) => numel(matrixSource(node.in(1)).base.shape)))
        if (this.#placement.together(run.map((node) => node.out()))) this.#join(run);
  }

  /** Groups equal operations on adjacent rows. */
  #rowWise(nodes: readonly Node[]): void {
    const sets = by(nodes, (node) => {
      const place = this.#placement.of(canonical(node.in(0)));
      const shape = node.out().shape.join();
      return place && `${node.op.name} ${JSON.stringify(node.attrs)} ${shape} ${place.buffer.id}`;
    });
    const offset = (node: Node) => this.#placement.placed(canonical(node.in(0))).offset;
    for (const set of sets)
      for (const run of runs(set, offset, (node) => numel(node.in(0).shape))) {
        const others = run[0].inputs.slice(1).map((_, i) => run.map((node) => canonical(node.in(i + 1))));
        if (!this.#comeTogether(run.map((node) => canonical(node.in(0))))) continue;
        const fits = others.every((values) => this.#comeTogether(values) && this.#placement.together(values));
        if (!fits) continue;
        // #ofWeights places the results.
        this.#join(run);
      }
  }

  /** Groups the gradients xᵀ · dy of adjacent weights that were multiplied by the same x. */
  #ofWeights(products: readonly Node[]): void {
    const sets = by(products, (node) => {
      const place = this.#placement.of(node.out());
      const right = matrixSource(node.in(1)).base;
      if (!place || this.#groups.has(node) || right.node.leaf || this.#fusion.inline(right.node)) return null;
      return `${productKey(node)} ${idOf(matrixSource(node.in(0)).base)} ${place.buffer.id}`;
    });
    const offset = (node: Node) => this.#placement.placed(node.out()).offset;
    for (const set of sets)
      for (const run of runs(set, offset, (node) => numel(node.out().shape)))
        if (this.#placement.together(run.map((node) => matrixSource(node.in(1)).base))) this.#join(run);
    // Places the results of row-wise groups that have no place yet.
    for (const { nodes } of new Set(this.#groups.values())) {
      if (!nodes[0].op.lowerAll) continue;
      const outputs = nodes.map((node) => node.out());
      if (!this.#placement.together(outputs)) this.dissolve(nodes[0]);
    }
  }

  /** Groups the gradients of a weight over all layers. */
  #ofLayers(products: readonly Node[]): void {
    const units = new Set(products.map((node) => this.#groups.get(node) ?? { nodes: [node], inner: 1 }));
    for (const group of batchLayers([...units], this.#analysis, this.#fusion, this.#placement))
      for (const node of group.nodes) this.#groups.set(node, group);
  }

  /** Groups equal operations whose results may lie anywhere in one buffer, over all layers. */
  #spread(nodes: readonly Node[]): void {
    const sets = by(nodes, (node) => {
      const place = this.#placement.of(node.out());
      return place && `${node.op.name} ${node.in(0).shape.join()} ${place.buffer.id}`;
    });
    const offset = (node: Node) => this.#placement.placed(node.out()).offset;
    for (const set of sets) {
      const sorted = set.sort((a, b) => offset(a) - offset(b));
      if (this.#placement.together(sorted.map((node) => node.in(0)))) this.#join(sorted);
    }
  }

  /** Whether one dispatch computes all the values: that of one node, or of one group. */
  #comeTogether(values: readonly Value[]): boolean {
    const [first] = values;
    if (!first) return false;
    const group = this.#groups.get(first.node);
    return values.every(({ node }) => node === first.node || (group?.nodes.includes(node) ?? false));
  }

  #join(nodes: readonly Node[]): void {
    const group = { nodes, inner: nodes.length };
    for (const node of nodes) this.#groups.set(node, group);
  }
}

/** Runs of two or more nodes without a gap or an overlap, in memory order. */
function runs(set: readonly Node[], offset: (node: Node) => number, count: (node: Node) => number): Node[][] {
  const sorted = [...set].sort((a, b) => offset(a) - offset(b));
  const found: Node[][] = [];
  for (const node of sorted) {
    const last = found[found.length - 1];
    const before = last?.[last.length - 1];
    if (last && before && offset(node) === offset(before) + count(before)) last.push(node);
    else found.push([node]);
  }
  return found.filter((run) => run.length > 1);
}
