// Counts the elements of two results that differ by more than rounding.

import source from "../../../../shaders/compare.wgsl?raw";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

/**
 * Adds the number of elements with |got - expected| > tolerance * (1 + |expected|) to a counter; NaN agrees with NaN.
 * Bindings: got [count], expected [count], counters (u32). Numbers: the tolerance, the index of the counter.
 */
export function compare(caps: Capabilities, { count }: { readonly count: number }): Kernel {
  return {
    label: `compare ${count}`,
    file: "shaders/compare.wgsl",
    wgsl: specialise("shaders/compare.wgsl", source, { constants: { SIZE: GROUP_SIZE } }),
    bindings: ["read", "read", "readwrite"],
    numbers: 2,
    grid: gridOf(caps, Math.ceil(count / GROUP_SIZE)),
    flops: 3 * count,
    bytes: 8 * count,
  };
}
