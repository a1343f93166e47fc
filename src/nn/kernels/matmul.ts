// Matrix products, the bulk of every step: which tile, from which file in shaders/, for which adapter and shape.
import plainText from "../../../shaders/matmul_plain.wgsl?raw";
import registersText from "../../../shaders/matmul_registers.wgsl?raw";
import subgroupText from "../../../shaders/matmul_subgroup.wgsl?raw";
import { LabError } from "../../error.ts";
import type { Expression } from "./expression.ts";
import { type Epilogue, fuse } from "./fuse.ts";
import type { Capabilities, Kernel } from "./kernel.ts";
import { specialise } from "./specialise.ts";

export interface MatmulShape {
  /** A is [batch, m, k], or [batch, k, m] if transposeA; B is [batch, k, n], or [batch, n, k]; C is [batch, m, n]. */
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Elements from one matrix to the next: m * k and k * n by default, 0 to use one for the whole batch. */
  readonly strideA?: number;
  readonly strideB?: number;
  /** Of one input, applied to A's elements as they are read. */
  readonly prologueA?: Expression;
  readonly epilogue?: Epilogue;
}

export interface MatmulVariant {
  readonly name: string;
  readonly kernel: Kernel;
}

/**
 * C = A · B, by the variant that measured best for such a shape on such an adapter. Bindings: A, B, the epilogue's
 * extras, its outputs.
 */
export function matmul(caps: Capabilities, shape: MatmulShape): Kernel {
  const [best] = matmulVariants(caps, shape);
  if (best === undefined) throw new LabError("internal", "no matmul variant");
  return best.kernel;
}

/** Every variant that computes this product on this adapter, the default first. */
export function matmulVariants(caps: Capabilities, given: MatmulShape): MatmulVariant[] {
  const shape = folded(given);
  const { batch, m, n, k, transposeA } = shape;
  if (![batch, m, n, k].every((size) => Number.isInteger(size) && size >= 1)) {
    throw new LabError("shape", {
      what: "matmul: sizes",
      got: `${batch}x${m}x${n}x${k}`,
      expected: "whole numbers of 1 or more",
    });
  }
  const variants: MatmulVariant[] = [];
  if (caps.subgroup >= 4 && caps.subgroup <= 8) {
    variants.push(subgroupTile(shape, caps.subgroup, 16, 8));
  }
  if (n % 4 === 0 && k % 4 === 0 && (!transposeA || m % 4 === 0)) {
    variants.push(registerTile(shape, 8, 16, 4));
  }
  variants.push(plainTile(shape, 8, 8, 4));
  return variants;
}

/** A batch that shares B and whose A is contiguous is one taller matrix. */
function folded(shape: MatmulShape): MatmulShape {
  const { batch, m, k, transposeA, strideA = m * k, strideB, epilogue } = shape;
  const tall = batch > 1 && !transposeA && strideA === m * k && strideB === 0;
  if (!tall || epilogue?.extras.includes("column")) return shape;
  return { ...shape, batch: 1, m: batch * m };
}

/** The largest tile not above `size` that leaves the fewest rows computed twice, halving from `tile`. */
function fit(size: number, tile: number): number {
  return Math.min(size, tile);
}

function strides({ m, n, k, transposeA, transposeB, strideA = m * k, strideB = k * n }: MatmulShape) {
  return {
    A_ROW: transposeA ? 1 : k,
    A_K: transposeA ? m : 1,
    A_BATCH: strideA,
    B_K: transposeB ? 1 : n,
    B_COL: transposeB ? k : 1,
    B_BATCH: strideB,
  };
}

function subgroupTile(shape: MatmulShape, lanes: number, rows: number, columns: number): MatmulVariant {
  const { m, n, k, transposeA } = shape;
  const ROWS = fit(m, rows);
  const COLS = fit(Math.ceil(n / lanes), columns);
  return variant(
    `subgroup${lanes} ${ROWS}x${COLS}`,
    shape,
    1,
    "matmul_subgroup.wgsl",
    subgroupText,
    [ROWS, COLS * lanes],
    {
      LANES: lanes,
      ROWS,
      COLS,
      KU: transposeA ? 4 : lanes,
      M: m,
      N: n,
      K: k,
      TRANSPOSE_A: transposeA,
      ...strides(shape),
    },
  );
}

function plainTile(shape: MatmulShape, lanes: number, rows: number, columns: number): MatmulVariant {
  const { m, n, k } = shape;
  const ROWS = fit(m, rows);
  const COLS = fit(Math.ceil(n / lanes), columns);
  return variant(
    `plain${lanes} ${ROWS}x${COLS}`,
    shape,
    1,
    "matmul_plain.wgsl",
    plainText,
    [ROWS, COLS * lanes],
    {
      LANES: lanes,
      ROWS,
      COLS,
      M: m,
      N: n,
      K: k,
      ...strides(shape),
    },
  );
}

/** Rows of a transposed A come four at a time. */
function registerTile(shape: MatmulShape, lanes: number, rows: number, columns: number): MatmulVariant {
  const { m, n, k, transposeA, transposeB, strideA = m * k, strideB = k * n } = shape;
  const ROWS = fit(m, rows);
  const COLS = fit(Math.ceil(n / 4 / lanes), columns);
  return variant(
    `registers${lanes} ${ROWS}x${COLS}`,
    shape,
    4,
    "matmul_registers.wgsl",
    registersText,
    [ROWS, COLS * lanes * 4],
    {
      LANES: lanes,
      ROWS,
      COLS,
      M: m,
      N: n,
      K: k,
      TRANSPOSE_A: transposeA,
      TRANSPOSE_B: transposeB,
      A_BATCH: strideA,
      B_BATCH: strideB,
    },
  );
}

function variant(
  name: string,
  shape: MatmulShape,
  width: 1 | 4,
  file: string,
  text: string,
  [rows, columns]: readonly [number, number],
  constants: Record<string, number | boolean>,
): MatmulVariant {
  const { batch, m, n, k, transposeA, transposeB, strideA, strideB, epilogue } = shape;
  const fused = fuse(width, shape);
  const results = fused.bindings.length - (epilogue?.extras.filter((extra) => extra !== "full").length ?? 0);
  return {
    name,
    kernel: {
      label: `matmul ${transposeA ? "t" : "n"}${transposeB ? "t" : "n"} ${batch > 1 ? `${batch}x` : ""}${m}x${n}x${k}`,
      file,
      wgsl: specialise(file, text, { constants, regions: { ...fused.regions } }),
      bindings: ["read", "read", ...fused.bindings],
      numbers: fused.numbers,
      grid: [Math.ceil(n / columns), Math.ceil(m / rows), batch],
      flops: 2 * batch * m * n * k,
      bytes:
        4 *
        ((strideA === 0 ? 1 : batch) * m * k + (strideB === 0 ? 1 : batch) * k * n + batch * m * n * results),
    },
  };
}
