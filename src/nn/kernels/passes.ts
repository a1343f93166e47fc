// Operations of more than one dispatch, described without buffers.

import type { Kernel } from "./kernel.ts";

/** Kernels in order. `slots` index the operation's own bindings, then its scratch buffers. */
export interface Passes {
  readonly steps: readonly { readonly kernel: Kernel; readonly slots: readonly number[] }[];
  /** f32 elements of each scratch buffer, free after the last pass. */
  readonly scratch: readonly number[];
}
