// A plan before memory and pipelines: its dispatches in order, and where each value lies.

import type { Node, Value } from "../../graph/graph.ts";
import type { Operand } from "../../graph/lowering.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";
import type { Kernel } from "../../kernels/kernel.ts";

export interface DraftDispatch {
  readonly kernel: Kernel;
  readonly operands: readonly Operand[];
  readonly numbers: readonly NumberSource[];
  /** The operation it was made for, the last of them where several are one kernel; null: storing what was written. */
  readonly node: Node | null;
}

/** A plan before memory and pipelines. */
export interface Draft {
  readonly dispatches: readonly DraftDispatch[];
  /** Where the wanted values lie at the end. */
  readonly outputs: readonly Operand[];
  /** Where each value that is in memory lies, as it was before anything was made narrow. */
  readonly values: ReadonlyMap<Value, Operand>;
}
