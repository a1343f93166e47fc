// The updates of the optimizers, over flat memory: one dispatch for everything that lies together.

import adamWSource from "../../../../shaders/adamw.wgsl?raw";
import lionSource from "../../../../shaders/lion.wgsl?raw";
import sgdSource from "../../../../shaders/sgd.wgsl?raw";
import { declareBindings } from "./elementwise.ts";
import { numbersBinding } from "../wgsl/emit-wgsl.ts";
import { unaryOf, type Expression } from "../wgsl/expression.ts";
import { GROUP_SIZE, gridOf } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { reduce, type ReducePass } from "./reduce.ts";
import { specialise } from "../wgsl/specialise.ts";

export interface UpdateShape {
  readonly count: number;
  /** Multiplies the gradient by a scalar, the last binding: clipping without a pass of its own. */
  readonly scaled?: boolean;
}

interface Update {
  readonly name: string;
  readonly text: string;
  /** In the order of their bindings. */
  readonly tensors: readonly string[];
  readonly numbers: number;
  readonly regions?: Readonly<Record<string, string>>;
  readonly flops: number;
}

function update(
  caps: Capabilities,
  { count, scaled = false }: UpdateShape,
  { name, text, tensors, numbers, regions, flops }: Update,
): Kernel {
  const four = count % 4 === 0;
  const file = `shaders/${name}.wgsl`;
  const bindings = tensors.map((tensor) => ({
    name: tensor,
    type: "Item",
    kind: tensor === "g" ? ("read" as const) : ("readwrite" as const),
  }));
  const scale = { name: "scale", type: "f32", kind: "read" as const };
  const all: { name: string; type: string; kind: BindingKind }[] = scaled ? [...bindings, scale] : bindings;
  return {
    label: `${name}${scaled ? " scaled" : ""} ${count}`,
    file,
    wgsl: specialise(file, text, {
      constants: { SIZE: GROUP_SIZE },
      regions: {
        item: `alias Item = ${four ? "vec4f" : "f32"};`,
        bindings: `${declareBindings(all)}\n${numbersBinding(all.length, numbers)}`,
        gradient: `let gradient = g[i]${scaled ? " * scale[0]" : ""};`,
        ...regions,
      },
    }),
    bindings: all.map((binding) => binding.kind),
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

export interface SgdShape extends UpdateShape {
  readonly momentum: boolean;
  readonly nesterov?: boolean;
}

/** Bindings: p, g, (m, with momentum), (scale). Numbers: lr, momentum, weight decay. */
export function sgd(caps: Capabilities, { momentum, nesterov = false, ...shape }: SgdShape): Kernel {
  const mean = "let mean = m[i] * numbers[0].y + gradient;\nm[i] = mean;";
  const step = nesterov ? "let step = gradient + mean * numbers[0].y;" : "let step = mean;";
  return update(caps, shape, {
    name: "sgd",
    text: sgdSource,
    tensors: momentum ? ["p", "g", "m"] : ["p", "g"],
    numbers: 3,
    regions: { step: momentum ? `${mean}\n${step}` : "let step = gradient;" },
    flops: momentum ? 6 : 4,
  });
}

/** The sum of squares of [count] elements, then what `epilogue` makes of it: norms, also of `batch` matrices. */
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
