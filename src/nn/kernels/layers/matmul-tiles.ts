// The kernels of a matmul: one function per file of shaders/, from tile sizes to a finished kernel.
import type { Expression } from "../wgsl/expression.ts";
import plainText from "../../../../shaders/matmul_plain.wgsl?raw";
import quadText from "../../../../shaders/matmul_quad.wgsl?raw";
import registersText from "../../../../shaders/matmul_registers.wgsl?raw";
import subgroupText from "../../../../shaders/matmul_subgroup.wgsl?raw";
import tileText from "../../../../shaders/matmul_tile.wgsl?raw";
import type { Width } from "../wgsl/emit-wgsl.ts";
import { type Epilogue, fuse } from "../wgsl/epilogue.ts";
import type { Kernel } from "../kernel.ts";
import { specialise } from "../wgsl/specialise.ts";

export interface MatmulShape {
  /** A is [batch, m, k], or [batch, k, m] if transposeA; B is [batch, k, n], or [batch, n, k]; C is [batch, m, n]. */
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Elements from one matrix to the next: m * k and k * n by default, 0 if the whole batch uses one matrix. */
  readonly strideA?: number;
  readonly strideB?: number;
  /** Elements from one result to the next: m * n by default. */
  readonly strideC?: number;
  /**
   * Number of consecutive products of the batch that share one A and write their results side by side; strideA and
   * strideC then step from each such run to the next.
   */
  readonly inner?: number;
  /** Sums `count` products into each result: part i starts i * a elements into A and i * b elements into B. */
  readonly parts?: { readonly count: number; readonly a: number; readonly b: number };
  /** An expression of one input, applied to the elements of A as they are read. */
  readonly prologueA?: Expression;
  readonly epilogue?: Epilogue;
}

export interface MatmulVariant {
  readonly name: string;
  readonly kernel: Kernel;
}

/** Rows (or units of columns) of a tile, such that `size` splits evenly into tiles of at most `most`. */
function even(size: number, most: number, multiple = 1): number {
  const each = Math.ceil(size / Math.ceil(size / most));
  return Math.min(size, Math.ceil(each / multiple) * multiple);
}

/** Scalars, one subgroup per workgroup. Any sizes; needs the feature subgroups with the fixed size `lanes`. */
export function subgroupTile(
  shape: MatmulShape,
  lanes: number,
  rows: number,
  columns: number,
): MatmulVariant {
  const ROWS = even(shape.m, rows);
  const COLS = even(Math.ceil(shape.n / lanes), columns);
  const KU = shape.transposeA ? 4 : lanes;
  return build(shape, `subgroup${lanes} ${ROWS}x${COLS}`, {
    file: "matmul_subgroup.wgsl",
    text: subgroupText,
    widths: [1, 1],
    tile: [ROWS, COLS * lanes],
    constants: { LANES: lanes, ROWS, COLS, KU, TRANSPOSE_A: shape.transposeA, ...strides(shape) },
  });
}

/** vec4 columns, subgroups of four lanes. n and k are multiples of 4. If `shared`, sizes are read at run time. */
export function quadTile(shape: MatmulShape, rows: number, columns: number, shared = false): MatmulVariant {
  const ROWS = even(shape.m, rows, 4);
  const COLS = even(Math.ceil(shape.n / 16), columns);
  return build(shape, `quad ${ROWS}x${COLS}`, {
    file: "matmul_quad.wgsl",
    text: quadText,
    widths: [4, 1],
    tile: [ROWS, COLS * 16],
    constants: { ROWS, COLS, TRANSPOSE_A: shape.transposeA, TRANSPOSE_B: shape.transposeB },
    shared,
  });
}

/** Scalars, no feature, any sizes. */
export function plainTile(shape: MatmulShape, lanes: number, rows: number, columns: number): MatmulVariant {
  const ROWS = even(shape.m, rows);
  const COLS = even(Math.ceil(shape.n / lanes), columns);
  return build(shape, `plain${lanes} ${ROWS}x${COLS}`, {
    file: "matmul_plain.wgsl",
    text: plainText,
    widths: [1, 1],
    tile: [ROWS, COLS * lanes],
    constants: { LANES: lanes, ROWS, COLS, ...strides(shape) },
  });
}

/** vec4 throughout, no feature. n, k and the rows of a transposed A are multiples of 4. `shared` as above. */
export function registerTile(
  shape: MatmulShape,
  lanes: number,
  rows: number,
  columns: number,
  shared = false,
): MatmulVariant {
  const ROWS = even(shape.m, rows, shape.transposeA ? 4 : 1);
  const COLS = even(Math.ceil(shape.n / 4 / lanes), columns);
  return build(shape, `registers${lanes} ${ROWS}x${COLS}`, {
    file: "matmul_registers.wgsl",
    text: registersText,
    widths: [4, 4],
    tile: [ROWS, COLS * lanes * 4],
    constants: { LANES: lanes, ROWS, COLS, TRANSPOSE_A: shape.transposeA, TRANSPOSE_B: shape.transposeB },
    shared,
  });
}

export interface WorkgroupTile {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Rows of a thread. */
  readonly rows: number;
  /** Number of threads that share the sum of an element; if more than one, k is at least m. */
  readonly slices: number;
}

/** Stages tiles in workgroup memory, with barriers: for real GPUs. Any sizes. */
export function workgroupTile(shape: MatmulShape, { m, n, k, rows, slices }: WorkgroupTile): MatmulVariant {
  const width = shape.n % 4 === 0 ? 4 : 1;
  return build(shape, `tile ${m}x${n}x${k}${slices > 1 ? ` in ${slices}` : ""}`, {
    file: "matmul_tile.wgsl",
    text: tileText,
    widths: [width, 1],
    tile: [m, n],
    constants: {
      TILE_M: m,
      TILE_N: n,
      TILE_K: k,
      ROWS: rows,
      SLICES: slices,
      TRANSPOSE_A: shape.transposeA,
      TRANSPOSE_B: shape.transposeB,
      FOUR: width === 4,
    },
  });
}

/** Strides of A and B in elements, for the shaders that read any layout with one expression. */
function strides({ m, n, k, transposeA, transposeB }: MatmulShape) {
  return {
    A_ROW: transposeA ? 1 : k,
    A_K: transposeA ? m : 1,
    B_K: transposeB ? 1 : n,
    B_COL: transposeB ? k : 1,
  };
}

/** The sizes that are read at run time where products share one text. */
function sizesOf(shape: MatmulShape) {
  const { m, n, k, strideA = m * k, strideB = k * n, strideC = m * n, inner = 1 } = shape;
  const { count, a, b } = shape.parts ?? { count: 1, a: 0, b: 0 };
  const strides = { A_BATCH: strideA, B_BATCH: strideB, C_BATCH: strideC, INNER: inner };
  return { M: m, N: n, K: k, ...strides, PARTS: count, A_PART: a, B_PART: b };
}

interface Build {
  readonly file: string;
  readonly text: string;
  /** Width of the elements of the product, and of A. */
  readonly widths: readonly [Width, Width];
  /** Rows and columns of C that a workgroup computes. */
  readonly tile: readonly [rows: number, columns: number];
  readonly constants: Record<string, number | boolean>;
  /** Sizes are read at run time, so that products of all shapes compile once. */
  readonly shared?: boolean;
}

function build(
  shape: MatmulShape,
  name: string,
  { file, text, widths, tile, constants, shared = false }: Build,
): MatmulVariant {
  const { batch, m, n, transposeA, transposeB, strideA, strideB, inner = 1 } = shape;
  const k = shape.k * (shape.parts?.count ?? 1);
  const fused = fuse(...widths, shape);
  const sizes = sizesOf(shape);
  // The sizes travel as f32, which represents whole numbers up to 2^24 exactly.
  const share = shared && Object.values(sizes).every((size) => size <= 2 ** 24);
  const read = (strideA === 0 ? 1 : batch / inner) * m * k + (strideB === 0 ? 1 : batch) * k * n;
  const layout = `${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`;
  return {
    name,
    kernel: {
      label: `matmul ${layout} ${batch > 1 ? `${batch}x` : ""}${m}x${n}x${k}`,
      file,
      wgsl: specialise(file, text, {
        constants: { ...(share ? {} : sizes), ...constants },
        regions: fused.regions,
        sizes: share
          ? { names: Object.keys(sizes), numbers: fused.numbers, binding: 2 + fused.bindings.length }
          : undefined,
      }),
      bindings: ["read", "read", ...fused.bindings],
      numbers: fused.numbers,
      sizes: share ? Object.values(sizes) : undefined,
      grid: [Math.ceil(n / tile[1]), Math.ceil(m / tile[0]), batch],
      flops: 2 * batch * m * n * k,
      bytes: 4 * (read + fused.full * batch * m * n),
    },
  };
}
