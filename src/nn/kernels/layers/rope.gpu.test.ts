import { describe, expect, test } from "vitest";
import { rope, ropeGrad, ropeTable, ropeTableData } from "./rope.ts";
import { everyWay, expectClose, openTestDevice, runKernel, testValues } from "../testing/dispatch.ts";

const full = await openTestDevice();
const WAYS = await everyWay();

test.each([
  [1, 2, 10000],
  [300, 6, 10000],
  [4096, 64, 100],
])("the table of %i positions, width %i, is right to f32", async (T, dim, base) => {
  const [table] = await runKernel(ropeTable(full.capabilities, { T, dim, base }), [T * dim]);
  const host = ropeTableData({ T, dim, base });
  expectClose(table!, host, { rtol: 0, atol: 4e-7 });
  expect(table!.length).toBe(host.length);
});

interface Case {
  rows: number;
  T: number;
  heads: number;
  dim: number;
  qkNorm?: number;
}
const CASES: Case[] = [
  { rows: 1, T: 1, heads: 1, dim: 2 },
  { rows: 2, T: 5, heads: 3, dim: 6, qkNorm: 1e-3 },
  { rows: 3, T: 7, heads: 1, dim: 24 },
  { rows: 2, T: 3, heads: 2, dim: 64, qkNorm: 1e-5 },
];

/** The forward pass in float64: rotates, then divides by the root mean square. */
function reference(x: ArrayLike<number>, { T, heads, dim, qkNorm }: Case, base: number): number[] {
  const half = dim / 2;
  const y: number[] = Array<number>(x.length);
  for (let row = 0; row < x.length / dim; row++) {
    const t = Math.floor(row / heads) % T;
    const at = (i: number): number => x[row * dim + i]!;
    let squares = 0;
    for (let i = 0; i < dim; i++) squares += at(i) ** 2;
    const scale = qkNorm === undefined ? 1 : 1 / Math.sqrt(squares / dim + qkNorm);
    for (let i = 0; i < half; i++) {
      const angle = t * base ** ((-2 * i) / dim);
      y[row * dim + i] = (at(i) * Math.cos(angle) + at(i + half) * Math.sin(angle)) * scale;
      y[row * dim + i + half] = (at(i + half) * Math.cos(angle) - at(i) * Math.sin(angle)) * scale;
    }
  }
  return y;
}

describe.each(WAYS)("%s", (_, device, caps) => {
  test.each(CASES)("rope and its gradient %o", async (shape) => {
    const { rows, T, heads, dim } = shape;
    const n = rows * T * heads * dim;
    const base = 100;
    const [x, dy] = [testValues(n), testValues(n, 2)];
    const table = ropeTableData({ T, dim, base });
    const [, , y] = await runKernel(rope(caps, shape), [x, table, n], [], device);
    expectClose(y!, reference(x, shape, base), { rtol: 1e-5, atol: 2e-6 });
    const own = shape.qkNorm === undefined ? [dy, table, n] : [x, dy, table, n];
    const dx = (await runKernel(ropeGrad(caps, shape), own, [], device)).at(-1)!;
    // Central differences of the float64 reference, at a few places.
    for (let k = 0; k < n; k += Math.ceil(n / 9)) {
      const h = 1e-5;
      const moved = [h, -h].map((d) => {
        const z = Float64Array.from(x);
        z[k]! += d;
        return reference(z, shape, base).reduce((sum, v, i) => sum + v * dy[i]!, 0);
      });
      expectClose([dx[k]!], [(moved[0]! - moved[1]!) / (2 * h)], { rtol: 1e-4, atol: 1e-5, what: `dx ${k}` });
    }
  });
});
