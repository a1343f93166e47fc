// Matrix products, the bulk of every step: which of the tiles of matmul-tiles.ts for which adapter and shape.
import { LabError } from "../../error.ts";
import type { Expression } from "./expression.ts";
import type { Epilogue } from "./fuse.ts";
import type { Capabilities, Kernel } from "./kernel.ts";
import {
  type MatmulVariant,
  plainTile,
  quadTile,
  registerTile,
  subgroupTile,
  workgroupTile,
} from "./matmul-tiles.ts";

export type { MatmulVariant };

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

/**
 * C = A · B, by the variant that measured best for such a shape on such an adapter. Bindings: A, B, the epilogue's
 * extras, its outputs. Throws LabError "shape" for sizes below 1, "limit" for more rows than a dispatch holds.
 */
export function matmul(caps: Capabilities, shape: MatmulShape): Kernel {
  const whole = check(caps, shape);
  const [best] = caps.software ? software(caps, whole) : hardware(whole);
  if (best === undefined) throw new LabError("internal", "no matmul variant");
  return best().kernel;
}

/** Every variant that computes this product on this adapter, the default first: what a tuner may choose from. */
export function matmulVariants(caps: Capabilities, shape: MatmulShape): MatmulVariant[] {
  const whole = check(caps, shape);
  // Barriers make the hardware's tiles not only slow on a software adapter but slow to compile.
  const makes = caps.software ? software(caps, whole) : [...hardware(whole), ...software(caps, whole)];
  const variants = makes.map((make) => make());
  return variants.filter((v, i) => variants.findIndex((w) => w.kernel.wgsl === v.kernel.wgsl) === i);
}

type Make = () => MatmulVariant;

/**
 * Best first for adapters that run on the CPU, where barriers are poison. On SwiftShader (Nov 2026, 1024x512x128,
 * CPU ms of both cores): quad 32x2 34.5, quad 16x4 35.4, registers 16x4 38, subgroup 16x8 40.6, registers 16x2 48.
 * What is saved is loads: nine nanoseconds each against one for four multiply-adds, so the tall tiles win although
 * no register file holds them. Such a tile takes 0.3 s to compile and a seed has 22 shapes: all share the pipeline of
 * their layout and epilogue, which costs nothing here.
 */
function software(caps: Capabilities, shape: MatmulShape): Make[] {
  const vectors = shape.n % 4 === 0 && shape.k % 4 === 0;
  const makes: Make[] = [];
  if (caps.subgroup === 4 && vectors)
    makes.push(
      () => quadTile(shape, 32, 2, true),
      () => quadTile(shape, 16, 4, true),
    );
  if (vectors && (!shape.transposeA || shape.m % 4 === 0))
    makes.push(() => registerTile(shape, 8, 16, 4, true));
  if (caps.subgroup === 4 || caps.subgroup === 8) makes.push(() => subgroupTile(shape, caps.subgroup, 16, 8));
  return [...makes, () => plainTile(shape, 8, 8, 4)];
}

/**
 * Best first for real GPUs, not yet measured on one: the largest tile that still gives about two hundred workgroups,
 * and where none does and k is long, threads that share it. No tile needs more than 9 KB of workgroup memory.
 */
function hardware(shape: MatmulShape): Make[] {
  const { batch, m, n, k, transposeA } = shape;
  const groups = (tileM: number, tileN: number) => batch * Math.ceil(m / tileM) * Math.ceil(n / tileN);
  const large: Make = () => workgroupTile(shape, { m: 64, n: 64, k: 16, rows: 4, slices: 1 });
  const tall: Make = () => workgroupTile(shape, { m: 128, n: 64, k: 8, rows: 8, slices: 1 });
  const small: Make = () => workgroupTile(shape, { m: 32, n: 32, k: 32, rows: 4, slices: 1 });
  const shared: Make = () => workgroupTile(shape, { m: 32, n: 32, k: 32, rows: 4, slices: 4 });
  const flat: Make = () => plainTile(shape, 64, 4, 1);
  const makes = [large, tall, small, shared, flat];
  if (n % 4 === 0 && k % 4 === 0 && (!transposeA || m % 4 === 0)) {
    makes.push(
      () => registerTile(shape, 32, 8, 1),
      () => registerTile(shape, 32, 4, 1),
    );
  }
  const best =
    m <= 4 ? flat : groups(64, 64) >= 200 ? large : groups(32, 32) >= 200 || k <= 128 ? small : shared;
  return [best, ...makes.filter((make) => make !== best)];
}

/** The same product with a batch that shares B, and whose A is contiguous, as one taller matrix. */
function check(caps: Capabilities, shape: MatmulShape): MatmulShape {
  const { batch, m, n, k, transposeA, strideA = m * k, strideB, epilogue } = shape;
  if (![batch, m, n, k].every((size) => Number.isInteger(size) && size >= 1)) {
    const got = `batch ${batch}, ${m}x${n}x${k}`;
    throw new LabError("shape", { what: "matmul: sizes", got, expected: "whole numbers of 1 or more" });
  }
  const tall = batch > 1 && !transposeA && strideA === m * k && strideB === 0;
  const whole = tall && !epilogue?.extras.includes("column") ? { ...shape, batch: 1, m: batch * m } : shape;
  if (whole.m > 4 * caps.maxWorkgroups || whole.batch > caps.maxWorkgroups) {
    const expected = `at most ${4 * caps.maxWorkgroups} rows and a batch of ${caps.maxWorkgroups}`;
    throw new LabError("limit", { what: "matmul", got: `${whole.batch}x${whole.m} rows`, expected });
  }
  return whole;
}
