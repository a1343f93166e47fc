// fill, strided copies, running sums and random values.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { contiguousStrides } from "../broadcast.ts";
import { stridedCopy } from "./copy.ts";
import { cumsum } from "./cumsum.ts";
import { fill } from "./fill.ts";
import { random } from "./random.ts";
import { expectClose, openTestDevice, runKernel, runKernels, testValues } from "../testing/dispatch.ts";

const { capabilities: caps } = await openTestDevice();

test.each([1, 7, 64, 5000])("fill %i", async (count) => {
  const [y] = await runKernel(fill(caps, { count }), [count], [-2.5]);
  expect(Array.from(y!)).toEqual(Array(count).fill(-2.5));
});

test("fill folds a long row of workgroups into two axes", async () => {
  const narrow = { ...caps, maxWorkgroups: 3 };
  const kernel = fill(narrow, { count: 513 });
  expect(kernel.grid).toEqual([3, 3, 1]);
  const [y] = await runKernel(kernel, [513], [1]);
  expect(Array.from(y!)).toEqual(Array(513).fill(1));
  expect(() => fill(narrow, { count: 641 })).toThrow(/workgroups/);
});

describe("strided copy", () => {
  const permuted = (x: Float32Array, [a, b, c]: number[]): number[] =>
    Array.from({ length: a! * b! * c! }, (_, i) => {
      const [p, q, r] = [Math.floor(i / (a! * c!)), Math.floor(i / c!) % a!, i % c!];
      return x[(q * b! + p) * c! + r]!;
    });

  test.each([
    [3, 5, 7],
    [3, 5, 8],
    [4, 1, 4],
  ])("permutes [%i, %i, %i]", async (a, b, c) => {
    const x = testValues(a * b * c);
    const kernel = stridedCopy(caps, {
      shape: [b, a, c],
      sourceStrides: [c, b * c, 1],
      sourceOffset: 0,
      targetStrides: [a * c, c, 1],
      targetOffset: 0,
    });
    const [, y] = await runKernel(kernel, [x, a * b * c]);
    expect(Array.from(y!)).toEqual(permuted(x, [a, b, c]));
  });

  test("narrows, transposes, expands and keeps the rest of the target", async () => {
    const x = testValues(4 * 6);
    const strides = { sourceStrides: [6, 1], targetStrides: [8, 1] };
    const piece = stridedCopy(caps, {
      shape: [4, 3],
      ...strides,
      sourceOffset: 2,
      targetOffset: 5,
      partial: true,
    });
    const [, y] = await runKernel(piece, [x, new Float32Array(32).fill(9)]);
    const wanted = Array.from({ length: 32 }, (_, i) =>
      i % 8 < 5 ? 9 : x[Math.floor(i / 8) * 6 + (i % 8) - 3]!,
    );
    expect(Array.from(y!)).toEqual(wanted);
    const spread = stridedCopy(caps, {
      shape: [3, 4],
      sourceStrides: [0, 6],
      sourceOffset: 1,
      targetStrides: [4, 1],
      targetOffset: 0,
    });
    const [, z] = await runKernel(spread, [x, 12]);
    expect(Array.from(z!)).toEqual(Array.from({ length: 12 }, (_, i) => x[(i % 4) * 6 + 1]!));
  });

  test("any permutation of any shape, there and back", async () => {
    const shapes = fc.array(fc.constantFrom<number>(1, 2, 3, 4, 8), { minLength: 1, maxLength: 4 });
    const order = fc.array(fc.double({ noNaN: true }), { minLength: 4, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(shapes, order, async (shape, keys) => {
        const axes = shape.map((_, i) => i).sort((a, b) => keys[a]! - keys[b]!);
        const permuted = axes.map((axis) => shape[axis]!);
        const own = contiguousStrides(shape);
        const there = axes.map((axis) => own[axis]!);
        const flat = { sourceOffset: 0, targetOffset: 0, shape: permuted };
        const count = shape.reduce((a, b) => a * b, 1);
        const x = testValues(count);
        const straight = contiguousStrides(permuted);
        const out = stridedCopy(caps, { ...flat, sourceStrides: there, targetStrides: straight });
        const back = stridedCopy(caps, { ...flat, sourceStrides: straight, targetStrides: there });
        const results = await runKernels(
          [
            { kernel: out, slots: [0, 1] },
            { kernel: back, slots: [1, 2] },
          ],
          [x, count, count],
        );
        const wanted = Array.from({ length: count }, (_, i) =>
          permuted.reduce((at, size, k) => at + (Math.floor(i / straight[k]!) % size) * there[k]!, 0),
        ).map((at) => x[at]!);
        expect(Array.from(results[1]!)).toEqual(wanted);
        expect(results[2]).toEqual(x);
      }),
      { numRuns: 10 },
    );
  });

  test("moves u32 and NaN untouched", async () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffffffff, 0, 1);
    const flat = { sourceStrides: [1], sourceOffset: 0, targetStrides: [1], targetOffset: 0 };
    const [, y] = await runKernel(stridedCopy(caps, { shape: [4], ...flat }), [bits, new Uint32Array(4)]);
    expect(Array.from(y!)).toEqual(Array.from(bits));
  });
});

test.each([
  [1, 1, 1],
  [3, 17, 5],
  [1, 3000, 1],
])("cumsum [%i, %i, %i]", async (outer, length, inner) => {
  const x = testValues(outer * length * inner);
  const wanted = new Float64Array(x.length);
  for (let i = 0; i < x.length; i++) {
    const first = Math.floor(i / inner) % length === 0;
    wanted[i] = x[i]! + (first ? 0 : wanted[i - inner]!);
  }
  const [, y] = await runKernel(cumsum(caps, { outer, length, inner }), [x, x.length]);
  expectClose(y!, wanted, { rtol: 1e-6, atol: 1e-8 * length + 1e-6 });
});

describe("random", () => {
  const draw = async (kind: "uniform" | "normal", count: number, seed: number): Promise<number[]> => {
    const [y] = await runKernel(random(caps, { count, kind }), [count], [seed]);
    return Array.from(y!);
  };

  test("is Philox 4x32-10: known answer of the paper's test vectors", async () => {
    // Counter 0, key 0 gives 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    const bits = [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8];
    expect(await draw("uniform", 4, 0)).toEqual(bits.map((b) => (b >>> 8) / 2 ** 24));
  });

  test("repeats for a seed, is a prefix of longer draws, differs between seeds", async () => {
    const once = await draw("uniform", 1001, 12345);
    expect(await draw("uniform", 1001, 12345)).toEqual(once);
    expect(await draw("uniform", 7, 12345)).toEqual(once.slice(0, 7));
    const other = await draw("uniform", 1001, 12346);
    expect(other.filter((v, i) => v === once[i]).length).toBeLessThan(3);
  });

  test("has the moments of its distribution", async () => {
    const n = 40000;
    const moments = (values: number[]): number[] => {
      const mean = values.reduce((a, b) => a + b, 0) / n;
      return [mean, values.reduce((a, b) => a + (b - mean) ** 2, 0) / n];
    };
    const uniform = await draw("uniform", n, 7);
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expectClose(moments(uniform), [0.5, 1 / 12], { atol: 0.01 });
    const normal = await draw("normal", n, 7);
    expectClose(moments(normal), [0, 1], { atol: 0.03 });
    expect(normal.filter((v) => Math.abs(v) > 2).length / n).toBeCloseTo(0.0455, 2);
    // Neighbouring values are uncorrelated.
    expect(Math.abs(normal.slice(1).reduce((a, v, i) => a + v * normal[i]!, 0) / n)).toBeLessThan(0.03);
  });
});
