// Every matmul variant against float64 on sizes that no tile divides, with prologue, epilogue and batches.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Capabilities } from "../kernel.ts";
import { matmulVariants, type MatmulVariant } from "./matmul.ts";
import {
  plainTile,
  quadTile,
  registerTile,
  subgroupTile,
  workgroupTile,
  type MatmulShape,
} from "./matmul-tiles.ts";
import { expectClose, openTestDevice, runKernel, testValues } from "../testing/dispatch.ts";

/** [batch, m, n] in float64. */
function reference(
  s: MatmulShape,
  a: Float32Array,
  b: Float32Array,
  prologue = (x: number) => x,
): Float64Array {
  const { batch, m, n, k, strideA = m * k, strideB = k * n, strideC = m * n, inner = 1 } = s;
  const parts = s.parts ?? { count: 1, a: 0, b: 0 };
  const c = new Float64Array(sizes(s).c).fill(NaN);
  for (let z = 0; z < batch; z++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let part = 0; part < parts.count; part++)
          for (let l = 0; l < k; l++) {
            const at = Math.floor(z / inner) * strideA + part * parts.a;
            const x = a[at + (s.transposeA ? l * m + i : i * k + l)]!;
            sum += prologue(x) * b[z * strideB + part * parts.b + (s.transposeB ? j * k + l : l * n + j)]!;
          }
        c[Math.floor(z / inner) * strideC + (z % inner) * m * n + i * n + j] = sum;
      }
  return c;
}

/** Number of elements from the first to the last that a product reads of A and B, and writes of C. */
function sizes(s: MatmulShape): { a: number; b: number; c: number } {
  const { batch, m, n, k, strideA = m * k, strideB = k * n, strideC = m * n, inner = 1 } = s;
  const { count, a, b } = s.parts ?? { count: 1, a: 0, b: 0 };
  const runs = batch / inner - 1;
  return {
    a: strideA * runs + a * (count - 1) + m * k,
    b: strideB * (batch - 1) + b * (count - 1) + k * n,
    c: strideC * runs + inner * m * n,
  };
}

/** Every kernel with tiles that are small and compile fast; the edges of a tile do not depend on its size. */
function smallTiles(caps: Capabilities, shape: MatmulShape): MatmulVariant[] {
  const { m, n, k, transposeA } = shape;
  const variants = [plainTile(shape, 8, 4, 2)];
  if (n % 4 === 0 && k % 4 === 0) {
    if (!transposeA || m % 4 === 0) variants.push(registerTile(shape, 4, 4, 2));
    if (caps.subgroup === 4) variants.push(quadTile(shape, 8, 2));
  }
  if (caps.subgroup > 0) variants.push(subgroupTile(shape, caps.subgroup, 6, 2));
  return variants;
}

async function check(
  shape: MatmulShape,
  make = smallTiles,
  features: readonly "subgroups"[] = ["subgroups"],
) {
  const open = await openTestDevice(features);
  const size = sizes(shape);
  const [a, b] = [testValues(size.a, 1), testValues(size.b, 2)];
  const expected = reference(shape, a, b);
  const names = [];
  for (const { name, kernel } of make(open.capabilities, shape)) {
    const result = await runKernel(kernel, [a, b, size.c], [], open);
    const atol = 1e-6 * shape.k * (shape.parts?.count ?? 1);
    expectClose(result[2]!, expected, { rtol: 1e-5, atol, what: `${name} ${kernel.label}` });
    names.push(name);
  }
  return names;
}

const layouts = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const;

describe("matmul", () => {
  for (const [transposeA, transposeB] of layouts) {
    const layout = `${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`;
    it(`agrees with float64 on ragged sizes, ${layout}`, async () => {
      for (const [batch, m, n, k] of [
        [1, 1, 1, 1],
        [2, 33, 35, 37],
        [2, 36, 44, 20],
      ] as const)
        await check({ batch, m, n, k, transposeA, transposeB });
    });
    it(`works without subgroups, ${layout}`, async () => {
      const names = await check({ batch: 1, m: 8, n: 36, k: 4, transposeA, transposeB }, matmulVariants, []);
      expect(names.some((name) => name.startsWith("subgroup"))).toBe(false);
    });
    it(`shares an operand over the batch, ${layout}`, async () => {
      await check({ batch: 3, m: 5, n: 8, k: 4, transposeA, transposeB, strideB: 0 });
      await check({ batch: 3, m: 5, n: 8, k: 4, transposeA, transposeB, strideA: 0 });
    });
  }

  for (const [transposeA, transposeB] of layouts)
    it(`sums parts and writes far apart, ${transposeA ? "t" : "n"}${transposeB ? "t" : "n"}`, async () => {
      const parts = { transposeA, transposeB, m: 9, n: 7, k: 5, parts: { count: 3, a: 45, b: 39 } };
      await check({ ...parts, batch: 2, strideB: 140, strideA: 135 });
      const far = { transposeA, transposeB, m: 12, n: 8, k: 4, strideA: 52, strideC: 3 * 96 + 4 };
      await check({ ...far, batch: 4, inner: 2, parts: { count: 2, a: 104, b: 128 } });
      const shape = { m: 9, n: 12, k: 17, transposeA, transposeB, batch: 4, inner: 2, strideC: 260 };
      const whole = { ...shape, strideA: 160, strideB: 420, parts: { count: 2, a: 320, b: 208 } };
      await check(whole, (_, s) => [workgroupTile(s, { m: 8, n: 8, k: 8, rows: 4, slices: 2 })]);
    });

  it("agrees with float64 in every variant it may choose", async () => {
    const names = await check(
      { batch: 1, m: 40, n: 96, k: 8, transposeA: false, transposeB: true },
      matmulVariants,
    );
    expect(new Set(names).size).toBe(names.length);
    await check({ batch: 1, m: 40, n: 96, k: 8, transposeA: true, transposeB: false }, matmulVariants);
  });

  it("agrees with float64 on any small shape", async () => {
    const size = fc.integer({ min: 1, max: 40 });
    const shapes = fc.record({
      batch: fc.integer({ min: 1, max: 3 }),
      m: size,
      n: size,
      k: size,
      transposeA: fc.boolean(),
      transposeB: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => void (await check(shape))),
      { numRuns: 6, seed: 1 },
    );
  });

  it("agrees with float64 through workgroup memory", async () => {
    for (const [transposeA, transposeB, m, n, k, slices] of [
      [false, false, 17, 9, 19, 1],
      [false, true, 5, 20, 40, 2],
      [true, false, 20, 12, 33, 4],
      [true, true, 9, 7, 8, 1],
    ] as const) {
      const shape = { batch: 2, m, n, k, transposeA, transposeB };
      const [a, b] = [testValues(2 * m * k, 1), testValues(2 * k * n, 2)];
      const { name, kernel } = workgroupTile(shape, { m: 8, n: 8, k: 8, rows: 4, slices });
      const result = await runKernel(kernel, [a, b, 2 * m * n]);
      expectClose(result[2]!, reference(shape, a, b), {
        rtol: 1e-5,
        atol: 1e-6 * k,
        what: `${name} ${kernel.label}`,
      });
    }
  });

  it("writes valid WGSL of every variant for a real GPU", async () => {
    const { device, capabilities } = await openTestDevice();
    const caps = { ...capabilities, software: false, subgroup: 32 };
    for (const [transposeA, transposeB] of layouts)
      for (const [m, n, k] of [
        [1024, 384, 128],
        [128, 128, 1024],
        [3, 77, 50],
      ] as const)
        for (const { name, kernel } of matmulVariants(caps, { batch: 1, m, n, k, transposeA, transposeB })) {
          const { messages } = await device.createShaderModule({ code: kernel.wgsl }).getCompilationInfo();
          expect([name, messages.filter((message) => message.type === "error")]).toEqual([name, []]);
        }
  });

  it("applies a prologue, an epilogue with every kind of extra, and several outputs", async () => {
    const open = await openTestDevice();
    for (const [m, n, k] of [
      [20, 24, 8],
      [7, 9, 5],
    ] as const) {
      const shape: MatmulShape = {
        batch: 2,
        m,
        n,
        k,
        transposeA: false,
        transposeB: false,
        prologueA: {
          instructions: [
            { op: "input", index: 0 },
            { op: "relu", a: 0 },
            { op: "square", a: 1 },
          ],
          outputs: [2],
        },
        epilogue: {
          expression: {
            instructions: [
              { op: "input", index: 0 },
              { op: "input", index: 1 },
              { op: "input", index: 2 },
              { op: "input", index: 3 },
              { op: "input", index: 4 },
              { op: "number", slot: 5 },
              { op: "mul", a: 0, b: 5 },
              { op: "add", a: 6, b: 1 },
              { op: "add", a: 7, b: 2 },
              { op: "mul", a: 8, b: 3 },
              { op: "sub", a: 9, b: 4 },
            ],
            outputs: [10, 6],
          },
          extras: ["full", "row", "column", "scalar"],
          inPlace: [0, undefined],
        },
      };
      const [a, b, full] = [testValues(2 * m * k, 1), testValues(2 * k * n, 2), testValues(2 * m * n, 3)];
      const [row, column, scalar] = [testValues(n, 4), testValues(m, 5), Float32Array.of(0.25)];
      const product = reference(shape, a, b, (x) => Math.max(x, 0) ** 2);
      const scaled = product.map((x) => x * 0.5);
      const expected = scaled.map(
        (x, i) => (x + full[i]! + row[i % n]!) * column[Math.floor(i / n) % m]! - scalar[0]!,
      );
      for (const { name, kernel } of smallTiles(open.capabilities, shape)) {
        expect(kernel.bindings).toEqual(["read", "read", "readwrite", "read", "read", "read", "write"]);
        const result = await runKernel(
          kernel,
          [a, b, full, row, column, scalar, 2 * m * n],
          [0, 0, 0, 0, 0, 0.5],
        );
        expectClose(result[2]!, expected, { atol: 1e-5, what: `${name} overwritten` });
        expectClose(result[6]!, scaled, { atol: 1e-5, what: `${name} second output` });
      }
    }
  });
});
