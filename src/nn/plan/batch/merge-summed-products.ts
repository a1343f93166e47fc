// Computes a sum of products as one product over several parts, if their operands lie at equal distances. The gradient
// of a block's input is such a sum: dQ Wqᵀ + dK Wkᵀ + dV Wvᵀ. The last product, the carrier, computes the others.

import type { Node } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "../analyse/analysis.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { productShape } from "../analyse/products.ts";
import { isSum, type Fusion } from "../analyse/fusion.ts";
import { spaced, type Placement } from "../analyse/placement.ts";
import { productKey } from "./groups.ts";

export class SummedProducts {
  /** The products of a sum in memory order, by carrier. */
  readonly #parts = new Map<Node, readonly Node[]>();
  readonly #carried = new Set<Node>();
  readonly #analysis: Analysis;
  readonly #fusion: Fusion;
  readonly #placement: Placement;

  constructor(analysis: Analysis, fusion: Fusion, placement: Placement) {
    this.#analysis = analysis;
    this.#fusion = fusion;
    this.#placement = placement;
    for (const root of analysis.live) {
      const carrier = fusion.absorbs(root);
      if (carrier?.op.isProduct) this.#find(carrier, root);
    }
  }

  /** The products that the carrier computes, itself included; null if it computes only itself. */
  of(carrier: Node): readonly Node[] | null {
    return this.#parts.get(carrier) ?? null;
  }
  /** Whether a carrier computes this product. */
  carried(node: Node): boolean {
    return this.#carried.has(node);
  }

  #find(carrier: Node, root: Node): void {
    const top = this.#top(carrier, root);
    if (!top) return;
    const key = productKey(carrier);
    const alike = this.#terms(top).filter((node) => this.#plain(node) && productKey(node) === key);
    if (alike.length < 2 || !alike.includes(carrier)) return;
    const place = (node: Node, i: number) => this.#placement.whereabouts(matrixSource(node.in(i)).base);
    const placed = alike.flatMap((node) => {
      const [left, right] = [place(node, 0), place(node, 1)];
      return left && right ? [{ node, left, right }] : [];
    });
    placed.sort((a, b) => a.right.offset - b.right.offset);
    if (placed.length < alike.length) return;
    if (!spaced(placed.map(({ right }) => right)) || !spaced(placed.map(({ left }) => left))) return;
    this.#parts.set(
      carrier,
      placed.map(({ node }) => node),
    );
    for (const { node } of placed) if (node !== carrier) this.#carried.add(node);
  }

  /** The topmost addition that the product reaches through additions alone. */
  #top(carrier: Node, root: Node): Node | null {
    let top: Node | null = null;
    for (let value = carrier.out(); ;) {
      const uses = this.#analysis.uses(value);
      const node = uses[0]?.node;
      if (uses.length !== 1 || !node || !isSum(node) || numel(node.out().shape) !== numel(value.shape))
        return top;
      top = node;
      if (node === root || !this.#fusion.inline(node)) return top;
      value = node.out();
    }
  }

  /** The products among the terms of a sum. */
  #terms(sum: Node): Node[] {
    return [0, 1].flatMap((i) => {
      const { base, shape } = this.#analysis.source(sum, i);
      if (numel(shape) !== numel(sum.out().shape)) return [];
      if (isSum(base.node) && this.#fusion.inline(base.node)) return this.#terms(base.node);
      return base.node.op.isProduct ? [base.node] : [];
    });
  }

  #plain(node: Node): boolean {
    return (
      productShape(node).batch === 1 &&
      this.#analysis.uses(node.out()).length === 1 &&
      [0, 1].every((i) => {
        const { base } = matrixSource(node.in(i));
        return !this.#fusion.inline(base.node) && !this.#analysis.uniform(base);
      })
    );
  }
}
