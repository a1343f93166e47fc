// The planner's interface for the emitters: the interface of an operation's `lower`, the results of the passes before,
// and the set of emitted nodes. The planner imports its emitters; they import this file.

import type { Node, Value } from "../../graph/graph.ts";
import type { Persistent } from "../../graph/leaf.ts";
import type { Lowering, Operand } from "../../graph/lowering.ts";
import type { Analysis } from "../analyse/analysis.ts";
import type { Fusion } from "../analyse/fusion.ts";
import type { ProductBatches } from "../batch/batch-products.ts";
import type { SummedProducts } from "../batch/merge-summed-products.ts";

/** The values in the memory of persistent tensors at this point of the plan. */
export interface StoredValues {
  /** The persistent tensor that stores this value at the end, and the value that its memory holds now. */
  targetOf(value: Value): { readonly leaf: Persistent; readonly holds: Value | null } | null;
  /** Records that the tensor's memory now holds this value. */
  nowHolds(leaf: Persistent, value: Value): void;
}

export interface Emission extends Lowering {
  readonly analysis: Analysis;
  readonly fusion: Fusion;
  readonly batches: ProductBatches;
  readonly sums: SummedProducts;
  readonly stored: StoredValues;
  /** Whether a kernel for the node has been emitted. */
  emitted(node: Node): boolean;
  markEmitted(node: Node): void;
  /** Whether a value is in memory already. */
  inMemory(value: Value): boolean;
  /** Whether a node for which `except` is false still has to read the value, itself or through a deferred node. */
  pending(base: Value, except: (node: Node) => boolean): boolean;
  /** The memory of a persistent tensor. */
  home(leaf: Persistent): Operand;
  /** Records that the value now lies in the operand. */
  put(value: Value, operand: Operand): Operand;
  /** Copies the elements to a new scratch buffer. */
  copyOf(operand: Operand): Operand;
  copyInto(from: Operand, to: Operand): void;
}
