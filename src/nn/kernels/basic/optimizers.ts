// Optimizer updates over flat memory: one dispatch updates all tensors that are adjacent in memory.

import adamWSource from "../../../../shaders/adamw.wgsl?raw";
import lionSource from "../../../../shaders/lion.wgsl?raw";
import sgdSource from "../../../../shaders/sgd.wgsl?raw";
import { unaryOf, type Expression } from "../wgsl/expression.ts";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { reduce, type ReducePass } from "./reduce.ts";
import { specialise } from "../wgsl/specialise.ts";

export interface UpdateShape {
  readonly count: number;
  /** Multiplies the gradient by a scalar, the last binding: clipping without a separate pass. */
  readonly scaled?: boolean;
}

interface Update {
  readonly name: string;
  readonly text: string;
  /** Names of the tensors, in the order of their bindings. */
  readonly tensors: readonly string[];
  readonly numbers: number;
  readonly constants?: Readonly<Record<string, boolean>>;
  readonly flops: number;
}

function update(
  caps: Capabilities,
  { count, scaled = false }: UpdateShape,
  { name, text, tensors, numbers, constants, flops }: Update,
): Kernel {
  const four = count % 4 === 0;
  const file = `shaders/${name}.wgsl`;
  const bindings = tensors.map((tensor): BindingKind => (tensor === "g" ? "read" : "readwrite"));
  return {
    label: `${name}${scaled ? " scaled" : ""} ${count}`,
    file,
    wgsl: specialise(file, text, {
      constants: { SIZE: GROUP_SIZE, FOUR: four, SCALED: scaled, ...constants },
    }),
    bindings: scaled ? [...bindings, "read"] : bindings,
    numbers,
    grid: gridOf(caps, Math.ceil(count / (four ? 4 : 1) / GROUP_SIZE)),
    flops: flops * count,
    bytes: 4 * count * (2 * tensors.length - 1),
  };
}

/**
 * Bindings: p, g, m, v, each [count], (scale). Numbers: lr, 1 - beta1, 1 - beta2, epsilon, weight decay,
 * 1 / (1 - beta1^t), 1 / (1 - beta2^t). The betas come as their complements because 1 - 0.999 in f32 is wrong in its
 * fifth digit.
 */
export function adamW(caps: Capabilities, shape: UpdateShape): Kernel {
  const tensors = ["p", "g", "m", "v"];
  return update(caps, shape, { name: "adamw", text: adamWSource, tensors, numbers: 7, flops: 14 });
}

/** Bindings: p, g, m, (scale). Numbers: lr, 1 - beta1, 1 - beta2, weight decay. */
export function lion(caps: Capabilities, shape: UpdateShape): Kernel {
  return update(caps, shape, {
    name: "lion",
    text: lionSource,
    tensors: ["p", "g", "m"],
    numbers: 4,
    flops: 8,
  });
}

interface SgdShape extends UpdateShape {
  readonly momentum: boolean;
  readonly nesterov?: boolean;
}

/** Bindings: p, g, (m, with momentum), (scale). Numbers: lr, momentum, weight decay. */
export function sgd(caps: Capabilities, { momentum, nesterov = false, ...shape }: SgdShape): Kernel {
  return update(caps, shape, {
    name: "sgd",
    text: sgdSource,
    tensors: momentum ? ["p", "g", "m"] : ["p", "g"],
    numbers: 3,
    constants: { MOMENTUM: momentum, NESTEROV: nesterov },
    flops: momentum ? 6 : 4,
  });
}

/** The sum of squares of [count] elements, for each of `batch` matrices, passed through `epilogue`: norms. */
export function sumSquares(
  caps: Capabilities,
  { count, batch = 1, epilogue }: { count: number; batch?: number; epilogue?: Expression },
): ReducePass[] {
  return reduce(caps, {
    outer: batch,
    length: count,
    inner: 1,
    op: "sum",
    prologue: unaryOf("square"),
    epilogue,
  });
}
