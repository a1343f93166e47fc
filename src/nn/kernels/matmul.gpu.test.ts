// Every matmul variant against float64 on sizes that divide nothing, with prologue, epilogue and batches.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { matmulVariants, type MatmulShape } from "./matmul.ts";
import { expectClose, openTestDevice, runKernel, testValues } from "./testing.ts";

/** [batch, m, n] in float64. */
function reference(
  s: MatmulShape,
  a: Float32Array,
  b: Float32Array,
  prologue = (x: number) => x,
): Float64Array {
  const { batch, m, n, k, strideA = m * k, strideB = k * n } = s;
  const c = new Float64Array(batch * m * n);
  for (let z = 0; z < batch; z++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          const x = a[z * strideA + (s.transposeA ? l * m + i : i * k + l)]!;
          sum += prologue(x) * b[z * strideB + (s.transposeB ? j * k + l : l * n + j)]!;
        }
        c[(z * m + i) * n + j] = sum;
      }
  return c;
}

async function check(
  shape: MatmulShape,
  features: readonly "subgroups"[] = ["subgroups"],
): Promise<string[]> {
  const open = await openTestDevice(features);
  const { batch, m, n, k, strideA = m * k, strideB = k * n } = shape;
  const a = testValues(strideA * (batch - 1) + m * k, 1);
  const b = testValues(strideB * (batch - 1) + k * n, 2);
  const expected = reference(shape, a, b);
  const names = [];
  for (const { name, kernel } of matmulVariants(open.capabilities, shape)) {
    const result = await runKernel(kernel, [a, b, batch * m * n], [], open);
    expectClose(result[2]!, expected, { rtol: 1e-5, atol: 1e-6 * k, what: `${name} ${kernel.label}` });
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
        [1, 2, 3, 5],
        [2, 33, 35, 17],
        [1, 36, 44, 20],
        [3, 20, 12, 8],
        [1, 64, 96, 32],
      ] as const)
        await check({ batch, m, n, k, transposeA, transposeB });
    });
    it(`works without subgroups, ${layout}`, async () => {
      const names = await check({ batch: 1, m: 36, n: 44, k: 20, transposeA, transposeB }, []);
      expect(names.some((name) => name.startsWith("subgroup"))).toBe(false);
    });
    it(`shares an operand over the batch, ${layout}`, async () => {
      await check({ batch: 3, m: 5, n: 8, k: 4, transposeA, transposeB, strideB: 0 });
      await check({ batch: 3, m: 5, n: 8, k: 4, transposeA, transposeB, strideA: 0 });
    });
  }

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
      { numRuns: 12, seed: 1 },
    );
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
      for (const { name, kernel } of matmulVariants(open.capabilities, shape)) {
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
