// Running sums along an axis. One invocation sums a line serially: the operation is rare, and lines are many.

import source from "../../../../shaders/cumsum.wgsl?raw";
import { gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

/** Bindings: x, y, both [outer, length, inner]; sums run along `length`. */
export function cumsum(
  caps: Capabilities,
  { outer, length, inner }: { outer: number; length: number; inner: number },
): Kernel {
  const size = caps.software ? 8 : 64;
  const count = outer * length * inner;
  return {
    label: `cumsum ${outer}x${length}x${inner}`,
    file: "shaders/cumsum.wgsl",
    wgsl: specialise("shaders/cumsum.wgsl", source, {
      constants: { SIZE: size, OUTER: outer, LENGTH: length, INNER: inner },
    }),
    bindings: ["read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil((outer * inner) / size)),
    flops: count,
    bytes: 8 * count,
  };
}
