// Computes the gradients of the same weight of all layers in one dispatch. The layers' products have equal shapes, and
// the optimizer needs their results at equal distances. The operands of all layers must stay in memory until the last
// is computed; so only products whose dispatch costs about as much as their arithmetic are batched.

import type { Node, Value } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "../analyse/analysis.ts";
import { matrixSource } from "../../graph/look-through.ts";
import { leftOf } from "../analyse/products.ts";
import type { Fusion } from "../analyse/fusion.ts";
import { joined, type Placement } from "../analyse/placement.ts";
import { by, productKey, type Group } from "./groups.ts";

/** Maximum number of elements of all left, or of all right, operands of a batch: 16 MiB. */
const MAX_ELEMENTS = 2 ** 22;

/** The batches among `units`, which are single products or groups of sibling products. */
export function batchLayers(
  units: readonly Group[],
  analysis: Analysis,
  fusion: Fusion,
  placement: Placement,
): Group[] {
  const place = ({ nodes }: Group) => joined(nodes.map((node) => placement.of(node.out())));
  const right = (node: Node) => matrixSource(node.in(1)).base;
  const left = ({ nodes: [first] }: Group) => leftOf(fusion, analysis, first);
  const candidates = units.flatMap((unit) => {
    const [at, from] = [place(unit), left(unit)];
    if (!at || !from || from.value.node.leaf || unit.nodes.some((n) => right(n).node.leaf)) return [];
    const prologue = from.prologue ? JSON.stringify(from.prologue) : "";
    const key = `${unit.nodes.length} ${productKey(unit.nodes[0])} ${prologue} ${at.buffer.id}`;
    return [{ unit, key, offset: at.offset, left: from.value }];
  });
  return by(candidates, ({ key }) => key).flatMap((set) =>
    progressions(set).flatMap((run) => {
      const lefts = run.map((candidate) => candidate.left);
      const rights = run.map(({ unit }) => unit.nodes.map(right));
      const small = [lefts, rights.flat()].every((values) => sizeOf(values) <= MAX_ELEMENTS);
      if (!small || !apart(lefts, analysis, fusion) || !apart(rights.flat(), analysis, fusion)) return [];
      if (!placement.free(lefts)) return [];
      const inner = rights[0].length;
      const laid = inner === 1 ? placement.together(rights.flat()) : placement.inOne(rights);
      if (!laid || !placement.together(lefts)) return [];
      return [{ nodes: run.flatMap(({ unit }) => unit.nodes), inner }];
    }),
  );
}

function sizeOf(values: readonly Value[]): number {
  return values.reduce((sum, value) => sum + numel(value.shape), 0);
}

/** Runs of two or more items at equal distances. */
function progressions<T extends { readonly offset: number }>(set: readonly T[]): T[][] {
  const sorted = [...set].sort((a, b) => a.offset - b.offset);
  const found: T[][] = [[]];
  for (const next of sorted) {
    const run = found[found.length - 1];
    const last = run.length - 1;
    const even = last < 1 || next.offset - run[last].offset === run[last].offset - run[last - 1].offset;
    if (even) run.push(next);
    else found.push([next]);
  }
  return found.filter(({ length }) => length > 1);
}

/** Whether no kernel reads one of the values and writes another: within one buffer WebGPU forbids that. */
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

/** A chain that another kernel computes also reads the inputs of that kernel, directly or through nested chains. */
function carriesIn(node: Node, fusion: Fusion, reads: (node: Node) => boolean): boolean {
  const absorbed = fusion.absorbs(node);
  return absorbed !== undefined && reads(absorbed);
}
