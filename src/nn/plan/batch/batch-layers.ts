// What one layer does, the next does too: the gradients of a weight of every layer are products alike, whose results the
// optimizer wants at equal distances. Their operands are kept and laid side by side, and all are one dispatch. That
// keeps memory longer, so only products are taken whose dispatch costs about as much as their arithmetic.

import type { Node, Value } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "../analyse/analysis.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { leftOf } from "../analyse/products.ts";
import type { Fusion } from "../analyse/fusion.ts";
import { joined, type Placement } from "../analyse/placement.ts";
import { by, productKey, type Group } from "./groups.ts";

/** Elements of all left or all right operands of a batch: 16 MiB. */
const MOST = 2 ** 22;

/** The batches among `units`: products, or groups of products that are siblings already. */
export function batchLayers(
  units: readonly Group[],
  analysis: Analysis,
  fusion: Fusion,
  placement: Placement,
): Group[] {
  const first = (unit: Group): Node | undefined => unit.nodes[0];
  const place = (unit: Group) => joined(unit.nodes.map((node) => placement.of(node.out())));
  const right = (node: Node) => matrixSource(node.in(1)).base;
  const sets = by(units, (unit) => {
    const node = first(unit);
    const at = place(unit);
    if (!node || !at || unit.nodes.some((n) => right(n).node.leaf)) return null;
    const left = leftOf(fusion, analysis, node);
    if (!left || left.value.node.leaf) return null;
    const prologue = left.prologue ? JSON.stringify(left.prologue) : "";
    return `${unit.nodes.length} ${productKey(node)} ${prologue} ${at.buffer.id}`;
  });
  return sets.flatMap((set) =>
    progressions(set, (unit) => place(unit)?.offset ?? 0).flatMap((run) => {
      const lefts = run.flatMap((unit) => {
        const node = first(unit);
        return (node && leftOf(fusion, analysis, node)?.value) ?? [];
      });
      const rights = run.map((unit) => unit.nodes.map(right));
      const small = [lefts, rights.flat()].every((values) => sizeOf(values) <= MOST);
      if (!small || !apart(lefts, analysis, fusion) || !apart(rights.flat(), analysis, fusion)) return [];
      if (!placement.free(lefts)) return [];
      const laid = run[0]?.nodes.length === 1 ? placement.together(rights.flat()) : placement.inOne(rights);
      if (!laid || !placement.together(lefts)) return [];
      return [{ nodes: run.flatMap(({ nodes }) => nodes), inner: run[0]?.nodes.length ?? 1 }];
    }),
  );
}

function sizeOf(values: readonly Value[]): number {
  return values.reduce((sum, value) => sum + numel(value.shape), 0);
}

/** Runs of two or more at equal distances. */
function progressions(set: readonly Group[], offset: (unit: Group) => number): Group[][] {
  const sorted = [...set].sort((a, b) => offset(a) - offset(b));
  const found: Group[][] = [];
  let run: Group[] = [];
  for (const unit of sorted) {
    const [a, b] = run.slice(-2);
    if (a && b && offset(unit) - offset(b) !== offset(b) - offset(a)) {
      found.push(run);
      run = [];
    }
    run.push(unit);
  }
  found.push(run);
  return found.filter(({ length }) => length > 1);
}

/** Whether no kernel would read one of the values and write another: in one buffer that is a conflict. */
function apart(values: readonly Value[], analysis: Analysis, fusion: Fusion): boolean {
  const set = new Set(values);
  const reads = (node: Node): boolean =>
    node.inputs.some((_, i) => {
      const { base } = analysis.source(node, i);
      if (set.has(base)) return true;
      return (fusion.inline(base.node) || fusion.absorbs(node) === base.node) && reads(base.node);
    });
  return values.every(({ node }) => !reads(node) && !carriesIn(node, fusion, reads));
}

/** A chain that is the end of another kernel reads what that one reads, however deep inside it stands. */
function carriesIn(node: Node, fusion: Fusion, reads: (node: Node) => boolean): boolean {
  const absorbed = fusion.absorbs(node);
  return absorbed !== undefined && reads(absorbed);
}
