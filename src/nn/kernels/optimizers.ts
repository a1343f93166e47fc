// The updates of the optimizers, over flat memory: one dispatch for everything that lies together.

import adamWSource from "../../../shaders/adamw.wgsl?raw";
import lionSource from "../../../shaders/lion.wgsl?raw";
import sgdSource from "../../../shaders/sgd.wgsl?raw";
import { declareBindings } from "./elementwise.ts";
import type { Expression } from "./expression.ts";
import { GROUP_SIZE, gridOf } from "./grid.ts";
import type { BindingKind, Capabilities, Kernel } from "./kernel.ts";
import { reduce } from "./reduce.ts";
import type { ReducePass } from "./reduce.ts";
import { specialise } from "./specialise.ts";

interface Update {
  readonly name: string;
  readonly text: string;
  readonly bindings: readonly BindingKind[];
  readonly numbers: number;
  readonly regions?: Readonly<Record<string, string>>;
  readonly flops: number;
}

function update(
  caps: Capabilities,
  count: number,
  { name, text, bindings, numbers, regions, flops }: Update,
): Kernel {
  const four = count % 4 === 0;
  const file = `shaders/${name}.wgsl`;
  return {
    label: `${name} ${count}`,
    file,
    wgsl: specialise(file, text, {
      constants: { SIZE: GROUP_SIZE },
      regions: { item: `alias Item = ${four ? "vec4f" : "f32"};`, ...regions },
    }),
    bindings,
    numbers,
    grid: gridOf(caps, Math.ceil(count / (four ? 4 : 1) / GROUP_SIZE)),
    flops: flops * count,
    bytes: 4 * count * (2 * bindings.length - 1),
  };
}

/**
 * Bindings: p, g, m, v, each [count]. Numbers: lr, 1 - beta1, 1 - beta2, epsilon, weight decay, 1 / (1 - beta1^t),
 * 1 / (1 - beta2^t). The betas come as their complements because 1 - 0.999 in f32 is wrong in its fifth digit.
 */
export function adamW(caps: Capabilities, { count }: { count: number }): Kernel {
  const bindings = ["readwrite", "read", "readwrite", "readwrite"] as const;
  return update(caps, count, { name: "adamw", text: adamWSource, bindings, numbers: 7, flops: 14 });
}

/** Bindings: p, g, m. Numbers: lr, 1 - beta1, 1 - beta2, weight decay. */
export function lion(caps: Capabilities, { count }: { count: number }): Kernel {
  const bindings = ["readwrite", "read", "readwrite"] as const;
  return update(caps, count, { name: "lion", text: lionSource, bindings, numbers: 4, flops: 8 });
}

/** Bindings: p, g, (m, with momentum). Numbers: lr, momentum, weight decay. */
export function sgd(
  caps: Capabilities,
  { count, momentum, nesterov = false }: { count: number; momentum: boolean; nesterov?: boolean },
): Kernel {
  const names = momentum ? (["p", "g", "m"] as const) : (["p", "g"] as const);
  const bindings = names.map((name) => ({
    name,
    type: "Item",
    kind: name === "g" ? ("read" as const) : ("readwrite" as const),
  }));
  const mean = "let mean = m[i] * numbers[0].y + g[i];\nm[i] = mean;";
  const step = nesterov ? "let step = g[i] + mean * numbers[0].y;" : "let step = mean;";
  return update(caps, count, {
    name: "sgd",
    text: sgdSource,
    bindings: bindings.map((binding) => binding.kind),
    numbers: 3,
    regions: {
      bindings: `${declareBindings(bindings)}
@group(0) @binding(${bindings.length}) var<uniform> numbers: array<vec4f, 1>;`,
      step: momentum ? `${mean}\n${step}` : "let step = g[i];",
    },
    flops: momentum ? 6 : 4,
  });
}

const SQUARE: Expression = {
  instructions: [
    { op: "input", index: 0 },
    { op: "square", a: 0 },
  ],
  outputs: [1],
};

/** The sum of squares of [count] elements, or its root: gradient norms, Frobenius norms of `batch` matrices. */
export function sumSquares(
  caps: Capabilities,
  { count, batch = 1, root = false }: { count: number; batch?: number; root?: boolean },
): ReducePass[] {
  const epilogue: Expression = {
    instructions: [
      { op: "input", index: 0 },
      { op: "sqrt", a: 0 },
    ],
    outputs: [1],
  };
  const shape = { outer: batch, length: count, inner: 1, op: "sum", prologue: SQUARE } as const;
  return reduce(caps, root ? { ...shape, epilogue } : shape);
}
