// Operations of more than one dispatch, described without buffers.

import type { Kernel } from "./kernel.ts";

/** Kernels in order. `slots` index first the bindings of the operation, then its scratch buffers. */
export interface Passes {
  readonly steps: readonly { readonly kernel: Kernel; readonly slots: readonly number[] }[];
  /** Size of each scratch buffer in f32 elements; the buffers are free after the last pass. */
  readonly scratch: readonly number[];
}
