// What an operation's `lower` may ask of the planner: where its inputs lie, where its outputs go, and to append kernels.

import type { Node, Value } from "../graph.ts";
import type { Capabilities, Kernel } from "../kernels/kernel.ts";
import type { NumberSource } from "./numbers.ts";

/** A range of a buffer that does not exist yet, in elements. */
export interface Operand {
  readonly buffer: VirtualBuffer;
  readonly offset: number;
  readonly count: number;
}

export interface VirtualBuffer {
  readonly id: number;
  readonly count: number;
}

export interface StridedCopy {
  readonly shape: readonly number[];
  readonly sourceStrides: readonly number[];
  readonly sourceOffset: number;
  readonly targetStrides: readonly number[];
  readonly targetOffset: number;
}

export interface Lowering {
  readonly caps: Capabilities;
  /** The contiguous elements of a value; computes it if that has been put off. */
  read(value: Value): Operand;
  /** Where output i of the node goes. */
  output(node: Node, i?: number): Operand;
  /** Scratch memory for kernels that need several passes. */
  scratch(count: number): Operand;
  /** A number of the node, as the plan will find it at run time. */
  number(node: Node, i: number): NumberSource;
  emit(kernel: Kernel, operands: readonly Operand[], numbers?: readonly NumberSource[]): void;
  /** Passes of one reduction: the first reads `from`, the last writes `to`, what lies between is scratch. */
  chain(kernels: readonly Kernel[], from: Operand, to: Operand): void;
  copy(from: Operand, to: Operand, copy: StridedCopy): void;
  zero(operand: Operand): void;
  /** Whether the value has been computed right at this place of the operand. */
  inPlace(value: Value, operand: Operand, offset: number): boolean;
}
