// Siblings are emitted at once when the operands of all are there; what comes early waits for the last of them.

import type { Node } from "../graph.ts";
import { emitProducts } from "./emit-matmul.ts";
import { joined } from "./placement.ts";
import type { Planner } from "./planner.ts";

/** Whether the node is left for a sibling recorded later, whose operands are not there yet. */
export function waits(planner: Planner, node: Node): boolean {
  const group = planner.siblings.of(node);
  if (!group) return false;
  readAll(planner, node);
  const last = group.reduce((a, b) => (a.index > b.index ? a : b));
  return node !== last && !planner.emitted(node) && !ready(planner, group);
}

/** Emits a node and its siblings at once, if all of them can be and lie as was hoped. */
export function emitSiblings(planner: Planner, node: Node): boolean {
  const group = planner.siblings.of(node);
  const [first] = group ?? [];
  if (!group || !first) return false;
  readAll(planner, node);
  // Reading may have emitted the group.
  if (planner.emitted(node)) return true;
  const product = first.op.name === "matmul";
  const inputs = ready(planner, group)
    ? first.inputs
        .map((_, i) => i)
        .slice(product ? 1 : 0)
        .map((i) => joined(group.map((member) => planner.read(planner.analysis.source(member, i).base))))
    : [];
  const out = inputs.length > 0 && joined(group.map((member) => planner.output(member)));
  const operands = inputs.filter((operand) => operand !== null);
  if (!out || operands.length < inputs.length) {
    planner.siblings.dissolve(node);
    return false;
  }
  for (const member of group) planner.markEmitted(member);
  const [b] = operands;
  if (product && b) emitProducts(planner, group, b, out);
  else first.op.lowerAll?.(first, planner, [...operands, out], group.length);
  return true;
}

function readAll(planner: Planner, node: Node): void {
  node.inputs.forEach((_, i) => planner.read(planner.analysis.source(node, i).base));
}

function ready(planner: Planner, group: readonly Node[]): boolean {
  return group.every((node) =>
    node.inputs.every((_, i) => {
      const { base } = planner.analysis.source(node, i);
      return planner.inMemory(base) || planner.uniform(base) !== null;
    }),
  );
}
