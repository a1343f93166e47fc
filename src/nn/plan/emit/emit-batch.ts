// Emits a group of similar nodes in one dispatch. The group waits until the operands of all its nodes are in memory; at
// the latest the node that was recorded last emits it.

import type { Node, Value } from "../../graph/graph.ts";
import { emitProducts } from "./emit-matmul.ts";
import { leftOf } from "../analyse/products.ts";
import { covering, joined } from "../analyse/placement.ts";
import type { Emission } from "./emission.ts";
import type { Group } from "../batch/groups.ts";

/** Whether the node waits for a sibling recorded later, whose operands are not in memory yet. */
export function waits(planner: Emission, node: Node): boolean {
  const group = planner.batches.of(node);
  if (!group) return false;
  for (const value of operandsOf(planner, node)) planner.read(value);
  const last = group.nodes.reduce((a, b) => (a.index > b.index ? a : b));
  return node !== last && !planner.emitted(node) && !ready(planner, group);
}

/** Emits a node and its siblings in one dispatch, if all are ready and their operands lie as planned. */
export function emitBatch(planner: Emission, node: Node): boolean {
  const group = planner.batches.of(node);
  if (!group) return false;
  for (const value of operandsOf(planner, node)) planner.read(value);
  // Reading may have emitted the group.
  if (planner.emitted(node)) return true;
  if (!ready(planner, group) || !emitAll(planner, group)) {
    planner.batches.dissolve(node);
    return false;
  }
  for (const member of group.nodes) planner.markEmitted(member);
  return true;
}

function emitAll(planner: Emission, group: Group): boolean {
  const { nodes } = group;
  const [first] = nodes;
  if (!first.op.lowerAll && !first.op.lowerSpread) return emitProducts(planner, group);
  const inputs = first.inputs.flatMap(
    (_, i) => joined(nodes.map((member) => planner.read(planner.analysis.source(member, i).base))) ?? [],
  );
  if (inputs.length < first.inputs.length) return false;
  const outputs = nodes.map((member) => planner.output(member));
  if (first.op.lowerSpread) {
    const all = covering(outputs);
    const places = outputs.map(({ offset }) => offset - (all?.offset ?? 0));
    if (all) first.op.lowerSpread(first, planner, [...inputs, all], places);
    return all !== null;
  }
  const out = joined(outputs);
  if (out) first.op.lowerAll?.(first, planner, [...inputs, out], nodes.length);
  return out !== null;
}

function operandsOf(planner: Emission, node: Node): Value[] {
  return node.inputs.map((_, i) => {
    const left = i === 0 && node.op.isProduct && leftOf(planner.fusion, planner.analysis, node);
    return left ? left.value : planner.analysis.source(node, i).base;
  });
}

function ready(planner: Emission, { nodes }: Group): boolean {
  return nodes.every((node) =>
    operandsOf(planner, node).every((value) => planner.inMemory(value) || planner.uniform(value) !== null),
  );
}
