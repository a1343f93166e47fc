// Rotary position embedding, alone or fused with a QK-norm. The angles come from a table, which a kernel computes once
// per step (or the host once): sines would cost more than all other arithmetic here.

import gradSource from "../../../../shaders/rope_grad.wgsl?raw";
import source from "../../../../shaders/rope.wgsl?raw";
import tableSource from "../../../../shaders/rope_table.wgsl?raw";
import { gridOf } from "../grid.ts";
import type { BindingKind, Capabilities, Kernel } from "../kernel.ts";
import { lanesOf, rowsBy } from "../wgsl/lanes.ts";
import { specialise } from "../wgsl/specialise.ts";

interface RopeTableShape {
  readonly T: number;
  /** Width D of a head, even. */
  readonly dim: number;
  readonly base: number;
}

interface RopeShape extends Omit<RopeTableShape, "base"> {
  /** B, the batch. */
  readonly rows: number;
  readonly heads: number;
  /** Epsilon of the RMSNorm over the head; absent for no norm. */
  readonly qkNorm?: number;
}

/** Bindings: table [2, T, D/2], the cosines, then the sines: made on the device. */
export function ropeTable(caps: Capabilities, shape: RopeTableShape): Kernel {
  const { T, dim, base } = shape;
  const half = dim / 2;
  const turns = Array.from({ length: half }, (_, i) => {
    const turn = base ** ((-2 * i) / dim) / (2 * Math.PI);
    const first = leading(turn);
    const second = leading(turn - first);
    return [first, second, turn - first - second];
  });
  const size = caps.software ? 8 : 64;
  return {
    label: `rope table ${T}x${dim}`,
    file: "shaders/rope_table.wgsl",
    wgsl: specialise("shaders/rope_table.wgsl", tableSource, {
      constants: { SIZE: size, T, HALF: half, TURNS: turns },
    }),
    bindings: ["write"],
    numbers: 0,
    grid: gridOf(caps, Math.ceil((T * half) / size)),
    flops: 20 * T * dim,
    bytes: 4 * T * dim,
  };
}

/** The same table, computed in float64 and rounded once, for a buffer that the host fills. */
export function ropeTableData({ T, dim, base }: RopeTableShape): Float32Array<ArrayBuffer> {
  const half = dim / 2;
  return Float32Array.from({ length: T * dim }, (_, i) => {
    const angle = (Math.floor(i / half) % T) * base ** ((-2 * (i % half)) / dim);
    return i < T * half ? Math.cos(angle) : Math.sin(angle);
  });
}

/** Rotates x [B, T, H, D]. Bindings: x, table, y. */
export function rope(caps: Capabilities, shape: RopeShape): Kernel {
  return kernelOf(caps, shape, {
    name: "rope",
    text: source,
    bindings: ["read", "read", "write"],
    tensors: 2,
  });
}

/** Bindings: (x, only with qkNorm), dy, table, dx. */
export function ropeGrad(caps: Capabilities, shape: RopeShape): Kernel {
  const reads: BindingKind[] = shape.qkNorm === undefined ? ["read", "read"] : ["read", "read", "read"];
  return kernelOf(caps, shape, {
    name: "rope_grad",
    text: gradSource,
    bindings: [...reads, "write"],
    tensors: reads.length,
  });
}

interface RopeKernel extends Pick<Kernel, "bindings"> {
  readonly name: string;
  readonly text: string;
  readonly tensors: number;
}

function kernelOf(caps: Capabilities, shape: RopeShape, kernel: RopeKernel): Kernel {
  const { rows, T, heads, dim, qkNorm } = shape;
  const { name, text, bindings, tensors } = kernel;
  const file = `shaders/${name}.wgsl`;
  const lanes = lanesOf(caps, dim / 2);
  const by = rowsBy(lanes);
  const count = rows * T * heads;
  return {
    label: `${name}${qkNorm === undefined ? "" : " norm"} ${rows}x${T}x${heads}x${dim}`,
    file,
    wgsl: specialise(file, text, {
      ...by,
      constants: {
        ...by.constants,
        ROWS: count,
        T,
        HEADS: heads,
        HALF: dim / 2,
        NORM: qkNorm !== undefined,
        EPSILON: qkNorm ?? 0,
      },
    }),
    bindings,
    numbers: 0,
    grid: gridOf(caps, Math.ceil(count / lanes.pack)),
    flops: (qkNorm === undefined ? 3 : 10) * count * dim,
    bytes: 4 * tensors * count * dim,
  };
}

/** A number truncated to its leading 12 bits. */
function leading(x: number): number {
  if (x === 0) return 0;
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 11);
  return Math.trunc(x / unit) * unit;
}
