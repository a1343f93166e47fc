// Arg max, shifts, one-hot rows, and casts between f32 and u32.

import argMaxSource from "../../../../shaders/arg_max.wgsl?raw";
import castSource from "../../../../shaders/cast.wgsl?raw";
import oneHotSource from "../../../../shaders/one_hot.wgsl?raw";
import shiftSource from "../../../../shaders/shift.wgsl?raw";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";
import { lanesForResults, oneLane } from "../wgsl/lanes.ts";
import { specialise } from "../wgsl/specialise.ts";

interface Lines {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
}

/** Up to this number f32 represents every index exactly. */
const EXACT = 2 ** 24;

/** Bindings: x [outer, length, inner], y [outer, inner] u32. */
export function argMax(caps: Capabilities, { outer, length, inner }: Lines): Kernel {
  const lines = outer * inner;
  const { pack, constants, includes } =
    length > EXACT ? oneLane(caps, 1) : lanesForResults(caps, length, lines, inner === 1);
  return {
    label: `arg max ${outer}x${length}x${inner}`,
    file: "shaders/arg_max.wgsl",
    wgsl: specialise("shaders/arg_max.wgsl", argMaxSource, {
      constants: { ...constants, LINES: lines, LENGTH: length, INNER: inner },
      includes,
    }),
    bindings: ["read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(lines / pack)),
    flops: lines * length,
    bytes: 4 * lines * (length + 1),
  };
}

/** Bindings: x, y, both [outer, length, inner]; y is x moved by `by` places along the axis, zeros behind it. */
export function shift(caps: Capabilities, { outer, length, inner, by }: Lines & { by: number }): Kernel {
  const count = outer * length * inner;
  return elementKernel(caps, "shift", shiftSource, count, {
    LENGTH: length,
    INNER: inner,
    BY: Math.min(Math.abs(by), length),
    FORWARD: by >= 0,
  });
}

/** Bindings: tokens [rows] u32, y [rows, depth]. */
export function oneHot(caps: Capabilities, { rows, depth }: { rows: number; depth: number }): Kernel {
  return elementKernel(caps, "one_hot", oneHotSource, rows * depth, { DEPTH: depth });
}

/** Bindings: x [count], y [count] of the other element type. */
export function cast(caps: Capabilities, { count, to }: { count: number; to: "f32" | "u32" }): Kernel {
  return elementKernel(caps, "cast", castSource, count, { TO_U32: to === "u32" });
}

function elementKernel(
  caps: Capabilities,
  name: string,
  text: string,
  count: number,
  constants: Readonly<Record<string, number | boolean>>,
): Kernel {
  const file = `shaders/${name}.wgsl`;
  return {
    label: `${name.replace("_", " ")} ${count}`,
    file,
    wgsl: specialise(file, text, { constants: { SIZE: GROUP_SIZE, COUNT: count, ...constants } }),
    bindings: ["read", "write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil(count / GROUP_SIZE)),
    flops: 0,
    bytes: 8 * count,
  };
}
