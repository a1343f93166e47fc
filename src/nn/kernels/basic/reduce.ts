// Reductions along the middle axis of [outer, length, inner], in one dispatch, or in two where few results would
// leave the device idle. No atomics: the order of additions is fixed by the shape, so results repeat bit by bit.

import { assert } from "../../../error.ts";
import source from "../../../../shaders/reduce.wgsl?raw";
import { declareBindings } from "./elementwise.ts";
import { emitExpression, numbersBinding, numbersOf } from "../wgsl/emit-wgsl.ts";
import { IDENTITY, type Expression } from "../wgsl/expression.ts";
import { gridOf } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { lanesOf, oneLane, rowsBy, type Lanes } from "../wgsl/lanes.ts";
import { specialise } from "../wgsl/specialise.ts";

interface ReduceShape {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly op: "sum" | "max" | "min";
  /** Computes the element that is reduced. Default: input 0 itself. */
  readonly prologue?: Expression;
  /** Shapes of the inputs, each [outer or 1, length or 1, inner or 1]. Default: one, of the full shape. */
  readonly inputs?: readonly (readonly [number, number, number])[];
  /** Multiplies the result. */
  readonly scale?: number;
  /** Applied to the (scaled) result, its input 0. Its numbers share the slots of the prologue's. */
  readonly epilogue?: Expression;
  /** Offset of each of the `outer` results, in elements; a multiple of 4 if inner is. Default: adjacent results. */
  readonly places?: readonly number[];
}

/** A pass of a reduction: the first reads the inputs, each later one reads the results of the pass before. */
export interface ReducePass extends Kernel {
  /** Number of f32 elements that the pass writes. */
  readonly results: number;
}

/**
 * [outer, length, inner] -> [outer, inner]. Bindings of the first pass: inputs, result; of a second: partial
 * results (`results` elements of the first), result. Numbers: the slots of prologue and epilogue, for every pass.
 */
export function reduce(caps: Capabilities, shape: ReduceShape): ReducePass[] {
  const chunks = chunksOf(caps, shape);
  const inputs = shape.inputs ?? [[shape.outer, shape.length, shape.inner]];
  if (chunks === 1) return [pass(caps, { ...shape, inputs }, 1)];
  const { outer, inner, op, scale, epilogue, places } = shape;
  return [
    pass(caps, { ...shape, inputs, scale: undefined, epilogue: undefined, places: undefined }, chunks),
    pass(
      caps,
      { outer, length: chunks, inner, op, scale, epilogue, places, inputs: [[outer, chunks, inner]] },
      1,
    ),
  ];
}

// Enough results to keep every core busy, chunks long enough to be worth a second dispatch.
function chunksOf(caps: Capabilities, { outer, length, inner }: ReduceShape): number {
  const { lanes, width } = lanesFor(caps, length, inner);
  const running = inner === 1 ? outer * lanes : (outer * inner) / width;
  const [wanted, shortest] = caps.software ? [64, 128] : [16384, 64];
  if (running >= wanted / 2) return 1;
  const byLength = Math.floor(length / (shortest * (inner === 1 ? lanes : 1)));
  return Math.max(1, Math.min(256, byLength, Math.ceil(wanted / running)));
}

// Rows (inner 1): several lanes share a result. Columns: a lane computes one result, or four.
function lanesFor(caps: Capabilities, length: number, inner: number): Lanes {
  return inner === 1 ? lanesOf(caps, length) : oneLane(caps, inner);
}

function pass(
  caps: Capabilities,
  shape: ReduceShape & { inputs: readonly (readonly [number, number, number])[] },
  chunks: number,
): ReducePass {
  const { outer, length, inner, op, inputs, prologue = IDENTITY, epilogue } = shape;
  const along = inner === 1;
  const lanes = lanesFor(caps, length, inner);
  const { pack, width } = lanes;
  const by = rowsBy(lanes);
  const type = width === 4 ? "vec4f" : "f32";
  const bindings: { name: string; type: string; kind: BindingKind }[] = [];
  const loads = inputs.map((sizes, i) => {
    const [full, four] = [[outer, length, inner], sizes[along ? 1 : 2] !== 1 && width === 4];
    assert(
      sizes.every((size, axis) => size === 1 || size === full[axis]),
      "inputs of a reduction broadcast",
    );
    bindings.push({ name: `in${i}`, type: four ? "vec4f" : "f32", kind: "read" });
    const value = `in${i}[${indexOf(sizes, four ? (along ? 1 : 2) : -1)}]`;
    return width === 4 && !four ? `vec4f(${value})` : value;
  });
  bindings.push({ name: "y", type: along ? "f32" : type, kind: "write" });
  const before = emitExpression(prologue, { width, inputs: loads });
  const scaled = shape.scale === undefined ? "whole" : `(whole * ${shape.scale})`;
  const after = emitExpression(epilogue ?? IDENTITY, {
    width: along ? 1 : width,
    inputs: [scaled],
    prefix: "f",
  });
  const places = shape.places?.map((place) => place / (along ? 1 : width));
  const declarations = [...new Set([before.declarations, after.declarations])].join("\n");
  assert(prologue.outputs.length === 1, "a reduction reduces one value");
  const numbers = Math.max(numbersOf(prologue), epilogue === undefined ? 0 : numbersOf(epilogue));
  const chunk = Math.ceil(length / (along ? width : 1) / chunks);
  const results = outer * chunks * inner;
  return {
    label: `reduce ${op} ${outer}x${length}x${inner}`,
    file: "shaders/reduce.wgsl",
    wgsl: specialise("shaders/reduce.wgsl", source, {
      ...by,
      constants: {
        ...by.constants,
        OUTER: outer,
        LENGTH: along ? length / width : length,
        INNER: along ? 1 : inner / width,
        CHUNKS: chunks,
        CHUNK: chunk,
        SUM: op === "sum",
        MAX: op === "max",
        START: START[op],
        ALONG: along,
        PLACED: places !== undefined,
        ...(places && { PLACES: places }),
      },
      regions: {
        bindings: `${declareBindings(bindings)}\n${numbersBinding(bindings.length, numbers)}`,
        declarations,
        element: [...before.statements, `let value = ${before.outputs[0]};`].join("\n"),
        finish: [...after.statements, `let finished = ${after.outputs[0]};`].join("\n"),
      },
    }),
    bindings: bindings.map((binding) => binding.kind),
    numbers,
    grid: gridOf(caps, Math.ceil(results / (along ? 1 : width) / pack)),
    flops: outer * length * inner * prologue.instructions.length,
    bytes: 4 * (results + inputs.reduce((sum, [a, b, c]) => sum + a * b * c, 0)),
    results,
  };
}

/** Start values of the reductions: their neutral elements. */
const START = { sum: 0, max: -3.4028234e38, min: 3.4028234e38 };

/** WGSL of an input's index, computed from o, l and i; along the axis `four` an index counts vec4s. */
function indexOf(sizes: readonly [number, number, number], four: number): string {
  const [, length, inner] = sizes.map((size, axis) => (axis === four ? size / 4 : size)) as [
    number,
    number,
    number,
  ];
  const terms = [
    sizes[0] === 1 ? "" : `o * ${length * inner}u`,
    sizes[1] === 1 ? "" : inner === 1 ? "l" : `l * ${inner}u`,
    sizes[2] === 1 ? "" : "i",
  ].filter((term) => term !== "");
  return terms.length === 0 ? "0u" : terms.join(" + ");
}
