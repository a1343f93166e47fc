// What the emitters ask of the planner: everything an operation's `lower` may ask, what the passes before decided, and
// which nodes are computed. The planner imports its emitters; they import this.

import type { Node, Value } from "../../graph/graph.ts";
import type { Persistent } from "../../graph/leaf.ts";
import type { Lowering, Operand } from "../../graph/lowering.ts";
import type { Analysis } from "../analyse/analysis.ts";
import type { Fusion } from "../analyse/fusion.ts";
import type { ProductBatches } from "../batch/batch-products.ts";
import type { SummedProducts } from "../batch/merge-summed-products.ts";

/** What the memory of persistent tensors holds at this point of the plan. */
export interface StoredValues {
  /** The persistent tensor whose stored value this is, and what its memory holds now. */
  targetOf(value: Value): { readonly leaf: Persistent; readonly holds: Value | null } | null;
  /** From here on the tensor's memory holds this value. */
  nowHolds(leaf: Persistent, value: Value): void;
}

export interface Emission extends Lowering {
  readonly analysis: Analysis;
  readonly fusion: Fusion;
  readonly batches: ProductBatches;
  readonly sums: SummedProducts;
  readonly stored: StoredValues;
  /** Whether the node is computed, or part of a kernel that is. */
  emitted(node: Node): boolean;
  markEmitted(node: Node): void;
  /** Whether a value is in memory already. */
  inMemory(value: Value): boolean;
  /** Whether a node other than the excepted still has to read the value, itself or through what is put off. */
  pending(base: Value, except: (node: Node) => boolean): boolean;
  /** A persistent tensor's own memory. */
  home(leaf: Persistent): Operand;
  /** From here on the value lies there. */
  put(value: Value, operand: Operand): Operand;
  /** The same elements in memory of their own. */
  copyOf(operand: Operand): Operand;
  copyInto(from: Operand, to: Operand): void;
}
