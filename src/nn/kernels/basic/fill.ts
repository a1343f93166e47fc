// Sets every element to one value, which is a number of the plan.

import source from "../../../../shaders/fill.wgsl?raw";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

/** Bindings: y [count]. Numbers: the value. */
export function fill(caps: Capabilities, { count }: { readonly count: number }): Kernel {
  const four = count % 4 === 0;
  return {
    label: `fill ${count}`,
    file: "shaders/fill.wgsl",
    wgsl: specialise("shaders/fill.wgsl", source, {
      constants: { SIZE: GROUP_SIZE, FOUR: four },
    }),
    bindings: ["write"],
    numbers: 1,
    grid: gridOf(caps, Math.ceil(count / (four ? 4 : 1) / GROUP_SIZE)),
    flops: 0,
    bytes: 4 * count,
  };
}
