// Wraps a researcher's WGSL (nn.kernel) in a kernel: bindings, shapes, the entry point, the bounds of its loops.

import type { DType, Shape } from "../../values/shape.ts";
import { guardWgsl, type Form } from "./custom-wgsl.ts";
import { GROUP_SIZE, gridOf, product } from "../grid.ts";
import type { Capabilities, Kernel } from "../kernel.ts";

interface CustomShape {
  readonly name: string;
  readonly wgsl: string;
  readonly inputs: readonly { readonly name: string; readonly dtype: DType; readonly shape: Shape }[];
  readonly output: { readonly dtype: DType; readonly shape: Shape };
  /** Invocations of a workgroup; 0 for one invocation per element, with `fn element`. */
  readonly workgroup: number;
  readonly groups: number;
  /** Maximum number of iterations of one invocation, over all its loops. */
  readonly loops: number;
}

/** Bindings: the inputs in order, then the output (which must be zero before `fn group` runs). */
export function customKernel(caps: Capabilities, shape: CustomShape): Kernel {
  const { name, inputs, output, workgroup, groups, loops } = shape;
  const form: Form = workgroup === 0 ? "element" : "group";
  const guarded = guardWgsl(name, shape.wgsl, form, output.dtype);
  const count = product(output.shape);
  // Not "y" for fn element, which returns its value: it must not read data that another kernel left in the output.
  const target = form === "element" ? "nn_y" : "y";
  const before = [
    ...inputs.map(
      (input, i) => `@group(0) @binding(${i}) var<storage, read> ${input.name}: array<${input.dtype}>;`,
    ),
    `@group(0) @binding(${inputs.length}) var<storage, read_write> ${target}: array<${output.dtype}>;`,
    ...inputs.map((input) => shapeConstant(input.name, input.shape)),
    shapeConstant("y", output.shape),
    `const NN_STEPS = ${loops}u;`,
    `const NN_ROUNDS = ${Math.max(64, Math.floor(loops / 8))}u;`,
    "var<private> nn_steps: u32;",
    "var<private> nn_poison: u32 = 0x7fc00000u;",
    "fn nn_spent() -> bool { nn_steps += 1u; return nn_steps > NN_STEPS; }",
  ];
  const after = form === "element" ? elementMain(count, output.dtype) : groupMain(shape, count);
  const lines = `//@lines 1x${before.length} 1+${guarded.lines} ${guarded.lines}x${after.length}`;
  const invocations = form === "element" ? count : workgroup * groups;
  return {
    label: `nn.kernel ${name}`,
    file: `nn.kernel ${name}`,
    wgsl: [...before, guarded.code, ...after, lines].join("\n"),
    foreign: true,
    bindings: [...inputs.map(() => "read" as const), form === "element" ? "write" : "readwrite"],
    numbers: 0,
    grid: gridOf(caps, form === "element" ? Math.ceil(count / GROUP_SIZE) : groups),
    flops: invocations * guarded.cost,
    bytes: 4 * inputs.reduce((sum, input) => sum + product(input.shape), count),
  };
}

function shapeConstant(name: string, shape: Shape): string {
  const sizes = shape.length === 0 ? [1] : shape;
  return `const ${name}_shape = array<u32, ${sizes.length}>(${sizes.map((size) => `${size}u`).join(", ")});`;
}

// Result of an invocation that ran out of iterations: NaN shows in the loss, a wrong number might not.
const poison = (dtype: DType): string => (dtype === "f32" ? "bitcast<f32>(nn_poison)" : "0xffffffffu");

const HEAD = (size: number): string[] => [
  `@compute @workgroup_size(${size})`,
  "fn main(@builtin(workgroup_id) nn_id: vec3u, @builtin(num_workgroups) nn_grid: vec3u, @builtin(local_invocation_index) nn_lane: u32) {",
  "let nn_g = nn_id.y * nn_grid.x + nn_id.x;",
];

function elementMain(count: number, dtype: DType): string[] {
  return [
    ...HEAD(GROUP_SIZE),
    `let nn_i = nn_g * ${GROUP_SIZE}u + nn_lane;`,
    `if (nn_i >= ${count}u) { return; }`,
    "let nn_value = element(nn_i);",
    `if (nn_steps > NN_STEPS) { nn_y[nn_i] = ${poison(dtype)}; } else { nn_y[nn_i] = nn_value; }`,
    "}",
  ];
}

// Writes NaN to the part of the output that this group most likely owns: elsewhere another group might overwrite it.
function groupMain({ workgroup, groups, output }: CustomShape, count: number): string[] {
  const share = Math.max(1, Math.floor(count / groups));
  const own = `(nn_g * ${share}u + nn_lane % ${share}u) % ${count}u`;
  return [
    ...HEAD(workgroup),
    `if (nn_g >= ${groups}u) { return; }`,
    "group(nn_g, nn_lane);",
    `if (nn_steps > NN_STEPS) { y[${own}] = ${poison(output.dtype)}; }`,
    "}",
  ];
}
