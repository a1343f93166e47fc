// Groups of nodes that one dispatch computes, and the keys by which products count as equal.

import type { Node, Value } from "../../graph/graph.ts";
import { productShape } from "../analyse/products.ts";

/** Nodes of one dispatch, in memory order; of products, `inner` consecutive ones share a left operand. */
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

/** Sets of two or more items with the same key; items without a key are left out. */
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
