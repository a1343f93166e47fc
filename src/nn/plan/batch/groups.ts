// Groups of nodes that one dispatch computes, and the keys that tell whether two products are alike.

import type { Node, Value } from "../../graph/graph.ts";
import { productShape } from "../analyse/products.ts";

/** Nodes that are emitted at once, in memory order; of products, so many in turn read one left operand. */
export interface Group {
  readonly nodes: readonly Node[];
  readonly inner: number;
}

export function productKey(node: Node): string {
  const { m, n, k, transposeA, transposeB } = productShape(node);
  return [m, n, k, transposeA, transposeB].join(" ");
}

export function idOf(value: Value): string {
  return `${value.node.index}.${value.output}`;
}

/** Sets of two or more with the same key; null is in none. */
export function by<T>(items: readonly T[], key: (item: T) => string | null | undefined): T[][] {
  const sets = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    if (name === null || name === undefined) continue;
    const set = sets.get(name);
    if (set) set.push(item);
    else sets.set(name, [item]);
  }
  return [...sets.values()].filter((set) => set.length > 1);
}
