// A plan before memory and pipelines: its dispatches in order, and the place of each value.

import type { Node, Value } from "../../graph/graph.ts";
import type { Operand } from "../../graph/lowering.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";
import type { Kernel } from "../../kernels/kernel.ts";

export interface DraftDispatch {
  readonly kernel: Kernel;
  readonly operands: readonly Operand[];
  readonly numbers: readonly NumberSource[];
  /** The operation of the kernel, the last one if it computes several; null for a copy that stores a written value. */
  readonly node: Node | null;
}

/** A plan before memory and pipelines. */
export interface Draft {
  readonly dispatches: readonly DraftDispatch[];
  /** The places of the wanted values at the end. */
  readonly outputs: readonly Operand[];
  /** The place of each value in memory, before any buffer is halved for f16. */
  readonly values: ReadonlyMap<Value, Operand>;
}
