// Fused chains: a whole Expression in one dispatch, with broadcasting, several outputs, and four elements at a time
// where the sizes allow it.

import { assert } from "../../../error.ts";
import source from "../../../../shaders/elementwise.wgsl?raw";
import { emitIndices, isFlat, walkOf, type Walk } from "../broadcast.ts";
import { emitExpression, numbersBinding, numbersOf } from "../wgsl/emit-wgsl.ts";
import type { Expression } from "../wgsl/expression.ts";
import { GROUP_SIZE, gridOf, product, times } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

type ElementType = "f32" | "u32";

interface ElementwiseInput {
  /** Broadcasts against the result: aligned at the last axis, each size equal or 1. */
  readonly shape: readonly number[];
  /** u32 elements enter the expression as f32 (exact below 2^24). Default f32. */
  readonly dtype?: ElementType;
}

interface ElementwiseShape {
  readonly shape: readonly number[];
  readonly inputs: readonly ElementwiseInput[];
  readonly expression: Expression;
  /** Type of each output, default f32. An f32 value becomes u32 by truncation. */
  readonly outputs?: readonly ElementType[];
  /** Index of an f32 input of the full shape whose binding also takes output 0; there is no binding for output 0. */
  readonly inPlace?: number;
}

/** Bindings: inputs, then outputs (without output 0 where `inPlace`). Numbers: the expression's slots. */
export function elementwise(caps: Capabilities, shape: ElementwiseShape): Kernel {
  const { inputs, expression, inPlace } = shape;
  const count = product(shape.shape);
  const outputs = expression.outputs.map((_, i) => shape.outputs?.[i] ?? "f32");
  const walk = walkOf(
    shape.shape,
    inputs.map((input) => input.shape),
  );
  const width = widthOf(walk, count);
  // The coordinates are those of the first of four elements: all four lie in one row of the innermost axis.
  const { statements, indices } = emitIndices(walk, width === 4 ? "e" : "i");
  const loads: string[] = [];
  const bindings: { name: string; type: string; kind: BindingKind }[] = [];
  for (const [i, input] of inputs.entries()) {
    const index = indices[i] ?? "0u";
    const type = input.dtype ?? "f32";
    const spread = width === 4 && (walk.strides[i].at(-1) ?? 0) === 0;
    const wide = width === 4 && !spread;
    bindings.push({
      name: `in${i}`,
      type: wide ? `vec4<${type}>` : type,
      kind: i === inPlace ? "readwrite" : "read",
    });
    const element = `in${i}[${isFlat(walk, i) ? "i" : wide ? `(${index}) / 4u` : index}]`;
    const value = wide ? `vec4f(${element})` : `f32(${element})`;
    loads.push(spread ? `vec4f(${value})` : value);
  }
  const emitted = emitExpression(expression, { width, inputs: loads });
  const stores = emitted.outputs.map((value, i) => {
    if (i === 0 && inPlace !== undefined) {
      assert(
        isFlat(walk, inPlace) && (inputs[inPlace].dtype ?? "f32") === "f32",
        "in place over a full f32 input",
      );
      return `in${inPlace}[i] = ${value};`;
    }
    const type = width === 4 ? `vec4<${outputs[i]}>` : outputs[i];
    bindings.push({ name: `out${i}`, type, kind: "write" });
    return `out${i}[i] = ${type}(${value});`;
  });
  const target = inPlace === undefined ? "out0" : `in${inPlace}`;
  const numbers = numbersOf(expression);
  const wgsl = specialise("shaders/elementwise.wgsl", source, {
    constants: { SIZE: GROUP_SIZE },
    regions: {
      bindings: `${declareBindings(bindings)}\n${numbersBinding(bindings.length, numbers)}`,
      declarations: emitted.declarations,
      bound: `if (i >= arrayLength(&${target})) { return; }`,
      body: [width === 4 ? "let e = i * 4u;" : "", ...statements, ...emitted.statements, ...stores].join(
        "\n",
      ),
    },
  });
  const elements = inputs.map((input) => product(input.shape)).reduce((a, b) => a + b, 0);
  return {
    label: `elementwise ${labelOf(expression)} ${times(shape.shape)}`,
    file: "shaders/elementwise.wgsl",
    wgsl,
    bindings: bindings.map((binding) => binding.kind),
    numbers,
    grid: gridOf(caps, Math.ceil(count / width / GROUP_SIZE)),
    flops: count * expression.instructions.filter((instruction) => !isSource(instruction.op)).length,
    bytes: 4 * (elements + count * outputs.length),
  };
}

/** `@group(0) @binding(i) var<storage, ...>` lines. */
export function declareBindings(
  bindings: readonly { name: string; type: string; kind: BindingKind }[],
): string {
  return bindings
    .map(({ name, type, kind }, i) => {
      const access = kind === "read" ? "read" : "read_write";
      return `@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${type}>;`;
    })
    .join("\n");
}

function widthOf(walk: Walk, count: number): 1 | 4 {
  const inner = walk.sizes.at(-1) ?? 1;
  const steps = walk.strides.every((strides) => (strides.at(-1) ?? 0) <= 1);
  return count > 0 && inner % 4 === 0 && steps ? 4 : 1;
}

function labelOf(expression: Expression): string {
  const names = expression.instructions.map((instruction) => instruction.op).filter((op) => !isSource(op));
  if (names.length === 0) return "copy";
  return names.length > 3 ? `${names.slice(0, 2).join(" ")} … ${names.at(-1) ?? ""}` : names.join(" ");
}

function isSource(op: string): boolean {
  return op === "input" || op === "number" || op === "constant";
}
