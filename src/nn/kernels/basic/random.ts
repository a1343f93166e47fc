// Random values from a counter and a seed. The seed is a number of the plan, so the noise of a step repeats exactly.

import source from "../../../../shaders/random.wgsl?raw";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

interface RandomShape {
  readonly count: number;
  /** Uniform in [0, 1), or standard normal. */
  readonly kind: "uniform" | "normal";
}

/** Bindings: y [count]. Numbers: the seed, any f32; different bits give an unrelated stream. */
export function random(caps: Capabilities, { count, kind }: RandomShape): Kernel {
  return {
    label: `random ${kind} ${count}`,
    file: "shaders/random.wgsl",
    wgsl: specialise("shaders/random.wgsl", source, {
      constants: { SIZE: GROUP_SIZE, NORMAL: kind === "normal" },
    }),
    bindings: ["write"],
    numbers: 1,
    grid: gridOf(caps, Math.ceil(count / 4 / GROUP_SIZE)),
    flops: 60 * count,
    bytes: 4 * count,
  };
}
