// RMSNorm, LayerNorm and softmax over the last axis, and their gradients. Gradients recompute the statistics of a
// row from x: reading a row again is cheaper than keeping a tensor from the forward pass.

import layerNormSource from "../../../../shaders/layer_norm.wgsl?raw";
import layerNormGradSource from "../../../../shaders/layer_norm_grad.wgsl?raw";
import logSumExpSource from "../../../../shaders/log_sum_exp.wgsl?raw";
import rmsNormSource from "../../../../shaders/rms_norm.wgsl?raw";
import rmsNormGradSource from "../../../../shaders/rms_norm_grad.wgsl?raw";
import softmaxSource from "../../../../shaders/softmax.wgsl?raw";
import softmaxGradSource from "../../../../shaders/softmax_grad.wgsl?raw";
import { choose, rounded } from "../variants.ts";
import { binaryOf } from "../wgsl/expression.ts";
import { gridOf } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { laneKinds, type LaneKind, type Lanes, lanesOf, rowsBy } from "../wgsl/lanes.ts";
import type { Passes } from "../passes.ts";
import { reduce, type ReducePass } from "../basic/reduce.ts";
import { specialise } from "../wgsl/specialise.ts";

interface RowsShape {
  readonly rows: number;
  readonly width: number;
}
interface NormShape extends RowsShape {
  readonly epsilon: number;
}
interface RmsNormShape extends NormShape {
  readonly gain: boolean;
}

interface RowKernel {
  readonly name: string;
  readonly source: string;
  readonly bindings: readonly BindingKind[];
  readonly constants?: (lanes: Lanes) => Readonly<Record<string, number | boolean>>;
  /** Number of rows that the same lanes process one after another (default 1). */
  readonly block?: number;
  /** Operations per element. */
  readonly flops: number;
  /** Number of tensors [rows, width] that the kernel reads and writes. */
  readonly tensors: number;
}

function rowKernel(caps: Capabilities, shape: RowsShape, kernel: RowKernel): Kernel {
  return choose(caps, {
    key: `${kernel.name} ${rounded(shape.rows)}x${rounded(shape.width)}${shape.width % 4 === 0 ? "" : " ragged"}`,
    candidates: laneKinds(caps, shape.width).map((kind) => ({
      name: kind,
      make: () => withLanes(caps, shape, kernel, kind),
    })),
    plain: "1 lane",
  });
}

function withLanes(
  caps: Capabilities,
  { rows, width }: RowsShape,
  kernel: RowKernel,
  kind: LaneKind,
): Kernel {
  const { name, source, bindings, constants, block = 1 } = kernel;
  const lanes = lanesOf(caps, width, kind);
  const by = rowsBy(lanes);
  const file = `shaders/${name}.wgsl`;
  return {
    label: `${name} ${rows}x${width}`,
    file,
    wgsl: specialise(file, source, {
      ...by,
      constants: { ...by.constants, ROWS: rows, WIDTH: width, ...constants?.(lanes) },
    }),
    bindings,
    numbers: 0,
    grid: gridOf(caps, Math.ceil(Math.ceil(rows / block) / lanes.pack)),
    flops: kernel.flops * rows * width,
    bytes: 4 * kernel.tensors * rows * width,
  };
}

/** y = x / sqrt(mean(x²) + epsilon) (* gain). Bindings: x, (gain [width]), y. */
export function rmsNorm(caps: Capabilities, shape: RmsNormShape): Kernel {
  return rowKernel(caps, shape, {
    name: "rms_norm",
    source: rmsNormSource,
    bindings: shape.gain ? ["read", "read", "write"] : ["read", "write"],
    constants: () => ({ EPSILON: shape.epsilon, GAIN: shape.gain }),
    flops: 4,
    tensors: 2,
  });
}

interface RmsNormGradShape extends RmsNormShape {
  /** Adds a tensor to dx, the gradient that bypasses the norm: saves one kernel and one tensor. */
  readonly addend?: boolean;
}

interface GainGradShape {
  readonly parts: number;
  readonly width: number;
  readonly places: readonly number[];
}

/**
 * Number of partial sums that `rmsNormGrad` writes for the gradient of the gain: a size of a tensor, so it is the same
 * on every adapter. Many keep a device busy, few are cheap to add. 128 for 1,024 rows, 724 for 32,768.
 */
export function gainParts(rows: number): number {
  return Math.ceil(rows / Math.ceil(Math.sqrt(rows) / 4));
}

/**
 * Maximum number of items of a row whose sums a lane keeps in registers. For longer rows, and on software adapters, it
 * adds in memory. Registers are no faster there, and 16 unrolled take 1.1 s to compile, not 0.06 s (November 2026).
 */
const MAX_KEPT = 16;

/** Bindings: x, (gain), dy, (addend), dx, (parts [gainParts(rows), width]); those in parentheses are optional. */
export function rmsNormGrad(caps: Capabilities, shape: RmsNormGradShape): Kernel {
  const { rows, width, gain, epsilon } = shape;
  const addend = shape.addend === true;
  const block = gain ? Math.ceil(rows / gainParts(rows)) : 1;
  const reads = Array<BindingKind>(2 + (gain ? 1 : 0) + (addend ? 1 : 0)).fill("read");
  return rowKernel(caps, shape, {
    name: "rms_norm_grad",
    source: rmsNormGradSource,
    bindings: [...reads, "write", ...(gain ? (["write"] as const) : [])],
    constants: (lanes) => {
      const own = Math.ceil(width / lanes.width / lanes.lanes);
      const keep = gain && !caps.software && own <= MAX_KEPT;
      return { EPSILON: epsilon, BLOCK: block, OWN: keep ? own : 1, KEEP: keep, GAIN: gain, ADDEND: addend };
    },
    block,
    flops: gain ? 13 : 10,
    tensors: (addend ? 4 : 3) + (gain ? 1 / block : 0),
  });
}

/**
 * Gradients of gains from the partial sums of `rmsNormGrad`: [places, parts, width] -> [width] each. Gradient i starts
 * at element `places[i]` of the result. Passes and bindings are those of `reduce`.
 */
export function gainGrad(caps: Capabilities, { parts, width, places }: GainGradShape): ReducePass[] {
  return reduce(caps, { outer: places.length, length: parts, inner: width, op: "sum", places });
}

/** Appends a reduction of `inputs` into `target`; scratch slots start after the highest slot in use. */
function withReduction(
  steps: Passes["steps"],
  scratch: readonly number[],
  passes: ReturnType<typeof reduce>,
  inputs: readonly number[],
  target: number,
): Passes {
  const used = Math.max(target, ...inputs, ...steps.flatMap((step) => step.slots)) + 1;
  const [first, second] = passes;
  if (first === undefined) return { steps, scratch };
  if (second === undefined)
    return { steps: [...steps, { kernel: first, slots: [...inputs, target] }], scratch };
  return {
    steps: [...steps, { kernel: first, slots: [...inputs, used] }, { kernel: second, slots: [used, target] }],
    scratch: [...scratch, first.results],
  };
}

/** y = (x - mean) / sqrt(variance + epsilon) * gain + bias. Bindings: x, gain [width], bias [width], y. */
export function layerNorm(caps: Capabilities, shape: NormShape): Kernel {
  return rowKernel(caps, shape, {
    name: "layer_norm",
    source: layerNormSource,
    bindings: ["read", "read", "read", "write"],
    constants: () => ({ EPSILON: shape.epsilon }),
    flops: 9,
    tensors: 2,
  });
}

/** Bindings: x, gain, dy, dx, dgain [width], dbias [width]. */
export function layerNormGrad(caps: Capabilities, shape: NormShape): Passes {
  const { rows, width } = shape;
  const main = rowKernel(caps, shape, {
    name: "layer_norm_grad",
    source: layerNormGradSource,
    bindings: ["read", "read", "read", "write", "write"],
    constants: () => ({ EPSILON: shape.epsilon }),
    flops: 20,
    tensors: 4,
  });
  const columns = { outer: 1, length: rows, inner: width, op: "sum" as const };
  const full = [1, rows, width] as const;
  const gain = reduce(caps, { ...columns, prologue: binaryOf("mul"), inputs: [full, full] });
  const bias = reduce(caps, { ...columns, inputs: [full] });
  const [unit, dy, dgain, dbias] = [6, 2, 4, 5];
  const first = { kernel: main, slots: [0, 1, dy, 3, unit] };
  const half = withReduction([first], [rows * width], gain, [dy, unit], dgain);
  // dbias has a lower slot than the scratch buffers, so the number of slots in use stays the same.
  return withReduction(half.steps, half.scratch, bias, [dy], dbias);
}

/** Softmax of rows. Bindings: x, y. */
export function softmax(caps: Capabilities, shape: RowsShape): Kernel {
  return rowKernel(caps, shape, {
    name: "softmax",
    source: softmaxSource,
    bindings: ["read", "write"],
    flops: 16,
    tensors: 2,
  });
}

/** Bindings: x [rows, width], y [rows]. */
export function logSumExp(caps: Capabilities, shape: RowsShape): Kernel {
  return rowKernel(caps, shape, {
    name: "log_sum_exp",
    source: logSumExpSource,
    bindings: ["read", "write"],
    flops: 12,
    tensors: 1,
  });
}

/** Bindings: y (the softmax), dy, dx. */
export function softmaxGrad(caps: Capabilities, shape: RowsShape): Kernel {
  return rowKernel(caps, shape, {
    name: "softmax_grad",
    source: softmaxGradSource,
    bindings: ["read", "read", "write"],
    flops: 4,
    tensors: 3,
  });
}
