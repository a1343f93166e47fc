// Every element one value, which is a number of the plan.

import source from "../../../../shaders/fill.wgsl?raw";
import { declareBindings, type ElementType } from "./elementwise.ts";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

/** Bindings: y [count]. Numbers: the value. */
export function fill(caps: Capabilities, shape: { count: number; dtype?: ElementType }): Kernel {
  const { count, dtype = "f32" } = shape;
  const type = count % 4 === 0 ? `vec4<${dtype}>` : dtype;
  return {
    label: `fill ${count}`,
    file: "shaders/fill.wgsl",
    wgsl: specialise("shaders/fill.wgsl", source, {
      constants: { SIZE: GROUP_SIZE },
      regions: {
        bindings: `${declareBindings([{ name: "y", type, kind: "write" }])}
@group(0) @binding(1) var<uniform> numbers: array<vec4f, 1>;`,
        body: `y[i] = ${type}(${dtype}(numbers[0].x));`,
      },
    }),
    bindings: ["write"],
    numbers: 1,
    grid: gridOf(caps, Math.ceil(count / (count % 4 === 0 ? 4 : 1) / GROUP_SIZE)),
    flops: 0,
    bytes: 4 * count,
  };
}
