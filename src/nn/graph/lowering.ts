// What an operation's `lower` may ask of the planner: where its inputs lie, where its outputs go, and to append kernels.

import type { Node, Operation, Value } from "./graph.ts";
import type { CopyShape } from "../kernels/basic/copy.ts";
import type { Expression } from "../kernels/wgsl/expression.ts";
import type { Capabilities, Kernel } from "../kernels/kernel.ts";
import type { Passes } from "../kernels/passes.ts";
import type { Group } from "./leaf.ts";
import type { NumberSource } from "./uniform-values.ts";

/**
 * A buffer of the plan before memory is assigned. "temporary" ones share memory when their lives do not overlap;
 * "persistent" and "data" belong to leaves; "constant" and "pinned" ones are kept for this key and never shared.
 */
export type VirtualBuffer =
  | { readonly kind: "temporary"; readonly id: number; readonly count: number }
  | { readonly kind: "pinned"; readonly id: number; readonly count: number; readonly key: string }
  | { readonly kind: "persistent"; readonly id: number; readonly count: number; readonly group: Group }
  | {
      readonly kind: "constant";
      readonly id: number;
      readonly count: number;
      readonly key: string;
      readonly make: () => Float32Array<ArrayBuffer>;
    }
  | { readonly kind: "data"; readonly id: number; readonly count: number; readonly node: number };

/** A range of a buffer, in elements of four bytes. */
export interface Operand {
  readonly buffer: VirtualBuffer;
  readonly offset: number;
  readonly count: number;
  /** The value here may be stored as f16, times two to this power (precision.ts); f32 where it is absent. */
  readonly half?: number;
  /** The same of the value that an in-place kernel leaves here. */
  readonly becomes?: number;
  /** In a plan made narrow: how many f16 it holds. */
  readonly halves?: number;
}

/** An elementwise chain on the way into another kernel. */
export interface Chain {
  readonly expression: Expression;
  /** Each covers every element, or is a single one. */
  readonly inputs: readonly { readonly operand: Operand; readonly full: boolean }[];
  readonly numbers: readonly NumberSource[];
}

export interface Lowering {
  readonly caps: Capabilities;
  /** The contiguous elements of a value; computes it if that has been put off. */
  read(value: Value): Operand;
  /** The elements of a value as a chain to compute while reading: of one input when it is in memory. */
  chain(value: Value): Chain;
  /** Where output i of the node goes. */
  output(node: Node, i?: number): Operand;
  /** Says that output i of the node lies where the operand is; gives that operand as its kernel overwrites it. */
  place(node: Node, i: number, operand: Operand): Operand;
  /** The number every element of the value equals, if there is one. */
  uniform(value: Value): NumberSource | null;
  number(node: Node, i: number): NumberSource;
  emit(kernel: Kernel, operands: readonly Operand[], numbers?: readonly NumberSource[]): void;
  /** Several kernels over the same operands, then scratch. */
  emitPasses(passes: Passes, operands: readonly Operand[]): void;
  scratch(count: number): Operand;
  copy(from: Operand, to: Operand, shape: CopyShape): void;
  fill(operand: Operand, value: NumberSource): void;
  /**
   * Where the new value of a persistent tensor is computed over its old one: the tensor's own memory if the step
   * stores it (saving the old value first if it is still needed), else a copy.
   */
  overwrite(old: Value, node: Node, i: number): Operand;
  /** Whether the memory of the value is the plan's own, and nothing but these nodes still has to read it. */
  lastUse(value: Value, nodes: readonly Node[]): boolean;
  /** What an update reads in place of its gradients, to scale it itself; null where it reads them. */
  scaled(update: Node): Scaled | null;
  /** A host-made table that never changes. */
  constant(key: string, make: () => Float32Array<ArrayBuffer>): Operand;
  /** The first live reader of a value with this operation. */
  consumer(value: Value, op: Operation): Node | null;
}

/** An update whose gradients are scaled as they are read. */
export interface Scaled {
  /** The gradients of an update before they are scaled. */
  readonly gradients: readonly Value[];
  readonly scale: Value;
}
