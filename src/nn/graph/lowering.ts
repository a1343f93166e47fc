// The planner's interface for an operation's `lower`: gives the memory of inputs and outputs, and appends kernels.

import type { Node, Operation, Value } from "./graph.ts";
import type { CopyShape } from "../kernels/basic/copy.ts";
import type { Expression } from "../kernels/wgsl/expression.ts";
import type { Capabilities, Kernel } from "../kernels/kernel.ts";
import type { Passes } from "../kernels/passes.ts";
import type { Group } from "./leaf.ts";
import type { NumberSource } from "./uniform-values.ts";

/**
 * A buffer of the plan before memory is assigned. "temporary" buffers share memory if their lives do not overlap;
 * "persistent" and "data" belong to leaves; "constant" and "pinned" are kept under a key and never shared.
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
  /** If set, the value here may be stored in f16, times 2^half (precision.ts); else it is stored in f32. */
  readonly half?: number;
  /** The same for the value that an in-place kernel writes here. */
  readonly becomes?: number;
  /** Number of f16 values, after `storeAsF16` has halved the buffer. */
  readonly halves?: number;
}

/** An elementwise chain that a kernel computes while it reads. */
export interface Chain {
  readonly expression: Expression;
  /** Each input covers every element (`full`) or has a single one. */
  readonly inputs: readonly { readonly operand: Operand; readonly full: boolean }[];
  readonly numbers: readonly NumberSource[];
}

export interface Lowering {
  readonly caps: Capabilities;
  /** The contiguous elements of a value; emits the value first if it was deferred. */
  read(value: Value): Operand;
  /** The chain that computes the elements of a value while reading; a plain read if the value is in memory. */
  chain(value: Value): Chain;
  /** The memory for output i of the node. */
  output(node: Node, i?: number): Operand;
  /** Places output i of the node in the memory of the operand; returns the operand for an in-place kernel. */
  place(node: Node, i: number, operand: Operand): Operand;
  /** The number that every element of the value equals, if there is one. */
  uniform(value: Value): NumberSource | null;
  number(node: Node, i: number): NumberSource;
  emit(kernel: Kernel, operands: readonly Operand[], numbers?: readonly NumberSource[]): void;
  /** Emits several kernels over the same operands, followed by scratch buffers. */
  emitPasses(passes: Passes, operands: readonly Operand[]): void;
  scratch(count: number): Operand;
  copy(from: Operand, to: Operand, shape: CopyShape): void;
  fill(operand: Operand, value: NumberSource): void;
  /**
   * The memory in which the new value of a persistent tensor overwrites the old one: the memory of the tensor if the
   * step stores the new value (the old value is copied first if it is still needed), else a copy.
   */
  overwrite(old: Value, node: Node, i: number): Operand;
  /** Whether the memory of the value belongs to the plan, and only these nodes still have to read it. */
  lastUse(value: Value, nodes: readonly Node[]): boolean;
  /** The unscaled gradients of an update that applies the scale itself; null if it reads its gradients directly. */
  scaled(update: Node): Scaled | null;
  /** A table that the host computes and that never changes. */
  constant(key: string, make: () => Float32Array<ArrayBuffer>): Operand;
  /** The first live reader of a value with this operation. */
  consumer(value: Value, op: Operation): Node | null;
}

/** The gradients of an update whose kernel scales them while it reads. */
export interface Scaled {
  /** The unscaled gradients. */
  readonly gradients: readonly Value[];
  readonly scale: Value;
}
