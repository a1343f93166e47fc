// Nodes that do the same to neighbours in memory become one dispatch: the products of a block's queries, keys and
// values are a batch of three over one left operand, so are the gradients of their weights, and what turns queries
// and keys turns both at once. Their results are laid side by side, which is all the next of them needs.

import type { Node, Value } from "../graph.ts";
import { numel } from "../shape.ts";
import { canonical, matrixSource, type Analysis } from "./analysis.ts";
import { productShape } from "./emit-matmul.ts";
import type { Fusion } from "./fusion.ts";
import type { Placement } from "./placement.ts";

export class Siblings {
  readonly #groups = new Map<Node, readonly Node[]>();
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
  }

  /** The group of a node, in memory order; null where it is alone. */
  of(node: Node): readonly Node[] | null {
    return this.#groups.get(node) ?? null;
  }
  /** From here on the node is alone. */
  dissolve(node: Node): void {
    for (const member of this.#groups.get(node) ?? []) this.#groups.delete(member);
  }

  /** One matrix product that nothing fuses into. */
  #plainProduct(node: Node): boolean {
    if (node.op.name !== "matmul" || productShape(node).batch !== 1) return false;
    const { base } = matrixSource(node.in(0));
    return (
      !this.#fusion.absorbedBy(node) &&
      !this.#fusion.inline(base.node) &&
      !this.#analysis.uniform(base) &&
      this.#analysis.uses(node.out()).every((use) => !use.node?.op.pointwise)
    );
  }

  /** x times weights that are neighbours. */
  #overWeights(products: readonly Node[]): void {
    const weight = (node: Node) => matrixSource(node.in(1)).base.node.leaf;
    const sets = by(products, (node) => {
      const leaf = weight(node);
      if (leaf?.kind !== "persistent" || matrixSource(node.in(1)).base.node.inputs.length > 0) return null;
      return `${productKey(node)} ${idOf(matrixSource(node.in(0)).base)} ${leaf.group.id}`;
    });
    const offset = (node: Node) => {
      const leaf = weight(node);
      return leaf?.kind === "persistent" ? (leaf.group.offsets[leaf.slot] ?? 0) : 0;
    };
    for (const set of sets)
      for (const run of runs(set, offset, (node) => numel(matrixSource(node.in(1)).base.shape)))
        if (this.#placement.together(run.map((node) => node.out()))) this.#join(run);
  }

  /** The same operation on rows that are neighbours. */
  #rowWise(nodes: readonly Node[]): void {
    const sets = by(nodes, (node) => {
      const place = this.#placement.of(canonical(node.in(0)));
      const shape = node.out().shape.join();
      return place && `${node.op.name} ${JSON.stringify(node.attrs)} ${shape} ${place.buffer.id}`;
    });
    const offset = (node: Node) => this.#placement.of(canonical(node.in(0)))?.offset ?? 0;
    for (const set of sets)
      for (const run of runs(set, offset, (node) => numel(node.in(0).shape))) {
        const others = run[0]?.inputs.slice(1).map((_, i) => run.map((node) => canonical(node.in(i + 1))));
        if (!this.#comeTogether(run.map((node) => canonical(node.in(0))))) continue;
        const fits = others?.every(
          (values) => this.#comeTogether(values) && this.#placement.together(values),
        );
        if (!fits) continue;
        // Results are placed with the gradients of weights, where there are any; else here.
        this.#join(run);
      }
  }

  /** xᵀ times gradients: those of weights that are neighbours, of which the same x was multiplied. */
  #ofWeights(products: readonly Node[]): void {
    const sets = by(products, (node) => {
      const place = this.#placement.of(node.out());
      const right = matrixSource(node.in(1)).base;
      if (!place || this.#groups.has(node) || right.node.leaf || this.#fusion.inline(right.node)) return null;
      return `${productKey(node)} ${idOf(matrixSource(node.in(0)).base)} ${place.buffer.id}`;
    });
    const offset = (node: Node) => this.#placement.of(node.out())?.offset ?? 0;
    for (const set of sets)
      for (const run of runs(set, offset, (node) => numel(node.out().shape)))
        if (this.#placement.together(run.map((node) => matrixSource(node.in(1)).base))) this.#join(run);
    // Row-wise groups whose results nobody placed.
    for (const run of new Set(this.#groups.values())) {
      if (!run[0]?.op.lowerAll) continue;
      const outputs = run.map((node) => node.out());
      if (!this.#placement.adjacent(outputs) && !this.#placement.together(outputs)) this.dissolve(run[0]);
    }
  }

  /** Whether the values are made at once: by one node, or by one group. */
  #comeTogether(values: readonly Value[]): boolean {
    const [first] = values;
    if (!first) return false;
    const group = this.#groups.get(first.node);
    return values.every(({ node }) => node === first.node || (group?.includes(node) ?? false));
  }

  #join(run: readonly Node[]): void {
    for (const node of run) this.#groups.set(node, run);
  }
}

function productKey(node: Node): string {
  const { m, n, k, transposeA, transposeB } = productShape(node);
  return [m, n, k, transposeA, transposeB].join(" ");
}

function idOf(value: Value): string {
  return `${value.node.index}.${value.output}`;
}

/** Sets of two or more with the same key; null is in none. */
function by(nodes: readonly Node[], key: (node: Node) => string | null | undefined): Node[][] {
  const sets = new Map<string, Node[]>();
  for (const node of nodes) {
    const name = key(node);
    if (name === null || name === undefined) continue;
    const set = sets.get(name);
    if (set) set.push(node);
    else sets.set(name, [node]);
  }
  return [...sets.values()].filter((set) => set.length > 1);
}

/** Runs of two or more without a gap or an overlap, in memory order. */
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
