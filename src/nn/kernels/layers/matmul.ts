// Matrix products, most of the work of a step: selects a tile of matmul-tiles.ts by adapter and shape.
import {
  type MatmulVariant,
  plainTile,
  quadTile,
  registerTile,
  subgroupTile,
  type WorkgroupTile,
  workgroupTile,
  type MatmulShape,
} from "./matmul-tiles.ts";
import { LabError } from "../../../error.ts";
import { choose, rounded } from "../variants.ts";
import type { Candidate, Capabilities, Kernel } from "../kernel.ts";

export type { MatmulVariant };

/**
 * C = A · B, by the variant that was fastest for this class of shapes and adapter. Bindings: A, B, the epilogue's
 * extras, its outputs. Throws LabError "shape" for sizes below 1, "limit" for more rows than a dispatch holds.
 */
export function matmul(caps: Capabilities, shape: MatmulShape): Kernel {
  const whole = check(caps, shape);
  return choose(caps, {
    key: classOf(whole),
    candidates: candidatesOf(caps, whole),
    plain: caps.software ? "plain 8" : "plain 64",
  });
}

/** Every variant that computes this product on this adapter, the default first: the tuner's choices. */
export function matmulVariants(caps: Capabilities, shape: MatmulShape): MatmulVariant[] {
  const variants = candidatesOf(caps, check(caps, shape)).map(({ name, make }) => ({ name, kernel: make() }));
  return variants.filter((v, i) => variants.findIndex((w) => w.kernel.wgsl === v.kernel.wgsl) === i);
}

/** The names of all variants. */
export const MATMUL_VARIANTS = [
  "tile 64x64",
  "tile 128x64",
  "tile 32x32",
  "tile 32x32 in 4",
  "plain 64",
  "plain 8",
  "registers 32x8",
  "registers 32x4",
  "registers 16x4",
  "quad 32x2",
  "quad 16x4",
  "subgroup 16x8",
] as const;

type Name = (typeof MATMUL_VARIANTS)[number];
type Make = Candidate & { readonly name: Name };

function make(name: Name, tile: () => MatmulVariant): Make {
  return { name, make: () => tile().kernel };
}

function candidatesOf(caps: Capabilities, shape: MatmulShape): readonly Make[] {
  // On a software adapter barriers make the tiles of `hardware` slow to run and slow to compile.
  if (caps.software) return software(caps, shape);
  const own = hardware(shape);
  return [...own, ...software(caps, shape).filter(({ name }) => name !== "plain 8")];
}

function classOf({ batch, m, n, k, transposeA, transposeB }: MatmulShape): string {
  const layout = `${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`;
  const vectors = n % 4 === 0 && k % 4 === 0 && (!transposeA || m % 4 === 0);
  const sizes = `${rounded(m)}x${rounded(n)}x${rounded(k)}`;
  return `matmul ${layout} ${batch > 1 ? `${rounded(batch)}x` : ""}${sizes}${vectors ? "" : " ragged"}`;
}

/**
 * Fastest first, for adapters that run on the CPU, where barriers are slow. On SwiftShader (Nov 2026, 1024x512x128,
 * CPU ms of both cores): quad 32x2 34.5, quad 16x4 35.4, registers 16x4 38, subgroup 16x8 40.6, registers 16x2 48.
 * Tall tiles win because they save loads (9 ns each; four multiply-adds take 1 ns), although no register file holds
 * them. Such a tile takes 0.3 s to compile and the seed has 22 shapes: all shapes of one layout and epilogue share a
 * pipeline, which does not slow it down here.
 */
function software(caps: Capabilities, shape: MatmulShape): Make[] {
  const vectors = shape.n % 4 === 0 && shape.k % 4 === 0;
  const makes: Make[] = [];
  if (caps.subgroup === 4 && vectors)
    makes.push(
      make("quad 32x2", () => quadTile(shape, 32, 2, true)),
      make("quad 16x4", () => quadTile(shape, 16, 4, true)),
    );
  if (vectors && (!shape.transposeA || shape.m % 4 === 0))
    makes.push(make("registers 16x4", () => registerTile(shape, 8, 16, 4, true)));
  if (caps.subgroup === 4 || caps.subgroup === 8)
    makes.push(make("subgroup 16x8", () => subgroupTile(shape, caps.subgroup, 16, 8)));
  return [...makes, make("plain 8", () => plainTile(shape, 8, 8, 4))];
}

/**
 * Best first for real GPUs, not yet measured on one: the largest tile that still gives 200 workgroups; if none does and
 * k is long, a tile whose threads share k. No tile needs more than 9 KB of workgroup memory.
 */
function hardware(shape: MatmulShape): Make[] {
  const { batch, m, n, k, transposeA } = shape;
  const groups = (tileM: number, tileN: number) => batch * Math.ceil(m / tileM) * Math.ceil(n / tileN);
  const tile = (name: Name, sizes: WorkgroupTile) => make(name, () => workgroupTile(shape, sizes));
  const large = tile("tile 64x64", { m: 64, n: 64, k: 16, rows: 4, slices: 1 });
  const tall = tile("tile 128x64", { m: 128, n: 64, k: 8, rows: 8, slices: 1 });
  const small = tile("tile 32x32", { m: 32, n: 32, k: 32, rows: 4, slices: 1 });
  const shared = tile("tile 32x32 in 4", { m: 32, n: 32, k: 32, rows: 4, slices: 4 });
  const flat = make("plain 64", () => plainTile(shape, 64, 4, 1));
  const makes = [large, tall, small, shared, flat];
  if (n % 4 === 0 && k % 4 === 0 && (!transposeA || m % 4 === 0)) {
    makes.push(
      make("registers 32x8", () => registerTile(shape, 32, 8, 1)),
      make("registers 32x4", () => registerTile(shape, 32, 4, 1)),
    );
  }
  const best =
    m <= 4 ? flat : groups(64, 64) >= 200 ? large : groups(32, 32) >= 200 || k <= 128 ? small : shared;
  return [best, ...makes.filter((other) => other !== best)];
}

/** Checks the sizes. A batch that shares B, and whose A is contiguous, becomes one taller matrix. */
function check(caps: Capabilities, shape: MatmulShape): MatmulShape {
  const { batch, m, n, k, transposeA, strideA = m * k, strideB, strideC, inner, parts, epilogue } = shape;
  if (![batch, m, n, k].every((size) => Number.isInteger(size) && size >= 1)) {
    const got = `batch ${batch}, ${m}x${n}x${k}`;
    throw new LabError("shape", { what: "matmul: sizes", got, expected: "whole numbers of 1 or more" });
  }
  const laid = strideC === undefined && inner === undefined && parts === undefined;
  const tall = batch > 1 && laid && !transposeA && strideA === m * k && strideB === 0;
  const whole = tall && !epilogue?.extras.includes("column") ? { ...shape, batch: 1, m: batch * m } : shape;
  if (whole.m > 4 * caps.maxWorkgroups || whole.batch > caps.maxWorkgroups) {
    const expected = `at most ${4 * caps.maxWorkgroups} rows and a batch of ${caps.maxWorkgroups}`;
    throw new LabError("limit", { what: "matmul", got: `${whole.batch}x${whole.m} rows`, expected });
  }
  return whole;
}
