// Every kernel family over f16 memory: bit patterns at the edges of the format; and on odd sizes the results of the f32
// kernel (which other tests compare with float64), rounded once. Skipped where the adapter has no f16, as SwiftShader.
import { describe, expect, it } from "vitest";
import { attention, attentionGrad } from "../layers/attention.ts";
import { causalConv, causalConvGradWeight } from "../layers/convolution.ts";
import { crossEntropy, crossEntropyFused, crossEntropyGrad } from "../layers/cross-entropy.ts";
import { elementwise } from "../basic/elementwise.ts";
import { embedding, embeddingGrad, gather, scatterAdd } from "../layers/embedding.ts";
import { binaryOf, IDENTITY } from "./expression.ts";
import { canHalve, halve } from "./f16-storage.ts";
import type { Kernel } from "../kernel.ts";
import { plainTile, quadTile, registerTile, subgroupTile, workgroupTile } from "../layers/matmul-tiles.ts";
import {
  gainParts,
  layerNorm,
  layerNormGrad,
  logSumExp,
  rmsNorm,
  rmsNormGrad,
  softmax,
  softmaxGrad,
} from "../layers/norm.ts";
import type { Passes } from "../passes.ts";
import { reduce } from "../basic/reduce.ts";
import { rope, ropeGrad, ropeTableData } from "../layers/rope.ts";
import { openTestDevice, runKernels, testValues, type TestBinding } from "../testing/dispatch.ts";
import { fromHalf, toHalf } from "../testing/half.ts";

const open = await openTestDevice();
const caps = open.capabilities;
const hardware = { ...caps, software: false };
const why = caps.f16 ? "" : " (skipped: this adapter has no shader-f16)";

const PRODUCT = binaryOf("mul");

/** The bits of f16 values after a copy of f32 values times 2^exponent. */
async function stored(values: number[], exponent = 0): Promise<number[]> {
  const kernel = elementwise(caps, {
    shape: [values.length],
    inputs: [{ shape: [values.length] }],
    expression: IDENTITY,
  });
  const half = halve(kernel, new Map([[1, { load: 0, store: exponent }]]));
  const bindings = [Float32Array.from(values), new Uint16Array(values.length)];
  const results = await runKernels([{ kernel: half, slots: [0, 1] }], bindings);
  return Array.from(results[1]!);
}
/** The f32 values after a copy of f16 values that are stored times 2^exponent. */
async function loaded(bits: Uint16Array, exponent = 0): Promise<number[]> {
  const shape = [bits.length];
  const kernel = elementwise(caps, { shape, inputs: [{ shape }], expression: IDENTITY });
  const half = halve(kernel, new Map([[0, { load: exponent, store: 0 }]]));
  const results = await runKernels([{ kernel: half, slots: [0, 1] }], [bits, bits.length]);
  return Array.from(results[1]!);
}

describe.skipIf(!caps.f16)(`halves${why}`, () => {
  it("reads every finite bit pattern as its number", async () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((b) => (b & 0x7c00) !== 0x7c00);
    expect(await loaded(bits)).toEqual(Array.from(bits, fromHalf));
    expect(await loaded(bits.slice(0, 1001), 12)).toEqual(
      Array.from(bits.slice(0, 1001), (b) => fromHalf(b) / 4096),
    );
  });

  it("reads and writes every finite half unchanged, in fours and alone", async () => {
    const bits = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((b) => (b & 0x7c00) !== 0x7c00);
    const numbers = Array.from(bits, fromHalf);
    expect(await stored(numbers)).toEqual(Array.from(bits));
    expect(await stored(numbers.slice(0, 1023))).toEqual(Array.from(bits.slice(0, 1023)));
  });

  it("rounds to a neighbour, and clamps larger values to the largest half", async () => {
    const large = [65504, 65519, 65520, 1e6, 3.4e38, Infinity].flatMap((x) => [x, -x]);
    expect((await stored(large)).map(fromHalf)).toEqual(large.map((x) => Math.sign(x) * 65504));
    const between = Array.from(testValues(1000, 3, 1e-4), (x, i) => x * 1.7 ** (i % 30));
    (await stored(between)).forEach((bits, i) => {
      const x = between[i]!;
      expect(Math.abs(fromHalf(bits) - x)).toBeLessThanOrEqual(Math.max(Math.abs(x) * 2 ** -10, 2 ** -24));
    });
  });

  it("keeps the small numbers of a gradient, and NaN", async () => {
    const gradients = [1e-6, -3e-8, 2e-10, 15.9];
    const back = (await stored(gradients, 12)).map((bits) => fromHalf(bits) / 4096);
    back.forEach((x, i) => expect(Math.abs(x / gradients[i]! - 1)).toBeLessThan(i === 2 ? 0.05 : 0.001));
    const kernel = elementwise(caps, {
      shape: [4],
      inputs: [{ shape: [4] }, { shape: [4] }],
      expression: PRODUCT,
    });
    const half = halve(kernel, new Map([[2, { load: 0, store: 0 }]]));
    const zeros = new Uint16Array(4);
    const results = await runKernels(
      [{ kernel: half, slots: [0, 1, 2] }],
      [[Infinity, NaN, 1, 2], [0, 1, NaN, 2], zeros],
    );
    expect(Array.from(results[2]!, fromHalf)).toEqual([NaN, NaN, NaN, 4]);
  });
});

interface Case {
  readonly steps: readonly { kernel: Kernel; slots: readonly number[]; numbers?: readonly number[] }[];
  readonly arrays: readonly TestBinding[];
  /** Number of arrays that are bindings of the operation; scratch buffers stay f32. */
  readonly own: number;
}
const single = (kernel: Kernel, arrays: readonly TestBinding[], numbers?: readonly number[]): Case => ({
  steps: [{ kernel, slots: kernel.bindings.map((_, i) => i), numbers }],
  arrays,
  own: arrays.length,
});
const several = ({ steps, scratch }: Passes, arrays: readonly TestBinding[]): Case => ({
  steps,
  arrays: [...arrays, ...scratch],
  own: arrays.length,
});

/** Exponents that differ between arrays, so that a mix-up of two arrays changes the result. */
const exponentOf = (slot: number): number => [0, 3, -2, 1, 5][slot % 5]!;

async function check({ steps, arrays, own }: Case): Promise<void> {
  const isFloat = (array: TestBinding) => !ArrayBuffer.isView(array) || array instanceof Float32Array;
  const halved = arrays.map(
    (array, slot) =>
      slot < own &&
      isFloat(array) &&
      steps.every(({ kernel, slots }) => slots.every((s, i) => s !== slot || canHalve(kernel, i))),
  );
  expect(
    halved.filter((h, i) => !h && i < own && isFloat(arrays[i]!)),
    steps[0]?.kernel.label,
  ).toEqual([]);
  const encode = (x: number, slot: number) => toHalf(x * 2 ** exponentOf(slot));
  const decode = (bits: number, slot: number) => fromHalf(bits) / 2 ** exponentOf(slot);
  const rounded = arrays.map((array, slot) =>
    halved[slot] && typeof array !== "number"
      ? Float32Array.from(array as ArrayLike<number>, (x) => decode(encode(x, slot), slot))
      : array,
  );
  const packed = rounded.map((array, slot) => {
    if (!halved[slot]) return array;
    if (typeof array === "number") return new Uint16Array(array).fill(0x7e00);
    return Uint16Array.from(array as ArrayLike<number>, (x) => encode(x, slot));
  });
  const half = steps.map((step) => ({
    ...step,
    kernel: halve(
      step.kernel,
      new Map(
        step.slots.flatMap((slot, i) =>
          halved[slot] ? [[i, { load: exponentOf(slot), store: exponentOf(slot) }] as const] : [],
        ),
      ),
    ),
  }));
  const wanted = await runKernels(steps, rounded);
  const got = await runKernels(half, packed);
  for (let slot = 0; slot < own; slot++) {
    if (!isFloat(arrays[slot]!)) continue;
    const most = Math.max(...Array.from(wanted[slot]!, Math.abs));
    for (let i = 0; i < wanted[slot]!.length; i++) {
      const [w, g] = [wanted[slot]![i]!, halved[slot] ? decode(got[slot]![i]!, slot) : got[slot]![i]!];
      const bound = Math.abs(w) * 2 ** -10 + most * 2e-6 + 2 ** (-24 - exponentOf(slot));
      const what = `${steps[0]!.kernel.label} array ${slot}[${i}]: ${g}, in f32 ${w}`;
      expect(Math.abs(g - w) <= bound, what).toBe(true);
    }
  }
}

describe.skipIf(!caps.f16)(`in f16, on odd sizes${why}`, () => {
  const shapes = [
    [1, 5, 7, 3],
    [2, 12, 20, 36],
    [1, 33, 40, 28],
  ] as const;
  it.each([
    [false, false],
    [false, true],
    [true, false],
  ])("products, transposed %s %s", async (transposeA, transposeB) => {
    for (const [batch, m, n, k] of shapes) {
      const shape = {
        batch,
        m,
        n,
        k,
        transposeA,
        transposeB,
        epilogue: {
          expression: {
            instructions: [
              { op: "input" as const, index: 0 },
              { op: "input" as const, index: 1 },
              { op: "add" as const, a: 0, b: 1 },
            ],
            outputs: [2],
          },
          extras: ["full" as const],
        },
      };
      const four = n % 4 === 0 && k % 4 === 0 && (!transposeA || m % 4 === 0);
      const variants = [
        plainTile(shape, 8, 4, 2),
        workgroupTile(shape, { m: 32, n: 32, k: 8, rows: 4, slices: 1 }),
        ...(four ? [registerTile(shape, 4, 4, 2), registerTile(shape, 4, 4, 2, true)] : []),
        ...(caps.subgroup > 0 ? [subgroupTile(shape, caps.subgroup, 6, 2)] : []),
        ...(four && caps.subgroup === 4 ? [quadTile(shape, 8, 2)] : []),
      ];
      const arrays = [testValues(batch * m * k), testValues(batch * k * n, 2), testValues(batch * m * n, 3)];
      for (const { kernel } of variants) await check(single(kernel, [...arrays, batch * m * n]));
    }
  });

  it("elementwise chains and reductions, broadcast and in place", async () => {
    for (const [rows, width] of [
      [3, 5],
      [7, 12],
    ] as const) {
      const x = testValues(rows * width);
      const shape = [rows, width];
      const inputs = [{ shape }, { shape: [width] }];
      const gain = testValues(width, 2);
      await check(single(elementwise(caps, { shape, inputs, expression: PRODUCT }), [x, gain, rows * width]));
      await check(single(elementwise(caps, { shape, inputs, expression: PRODUCT, inPlace: 0 }), [x, gain]));
      for (const [outer, length, inner] of [
        [rows, width, 1],
        [1, rows, width],
      ] as const) {
        const [kernel] = reduce(caps, { outer, length, inner, op: "sum" });
        await check(single(kernel!, [x, outer * inner]));
      }
    }
  });

  it.each([
    [5, 7],
    [9, 12],
    [3, 64],
  ])("norms and softmax [%i, %i]", async (rows, width) => {
    const n = rows * width;
    const [x, dy, gain, other] = [testValues(n), testValues(n, 2), testValues(width, 3), testValues(n, 4)];
    const epsilon = 1e-5;
    for (const c of [caps, hardware]) {
      await check(single(rmsNorm(c, { rows, width, gain: true, epsilon }), [x, gain, n]));
      await check(
        single(rmsNormGrad(c, { rows, width, gain: true, epsilon, addend: true }), [
          x,
          gain,
          dy,
          other,
          n,
          gainParts(rows) * width,
        ]),
      );
      await check(single(rmsNormGrad(c, { rows, width, gain: false, epsilon }), [x, dy, n]));
      await check(single(layerNorm(c, { rows, width, epsilon }), [x, gain, gain, n]));
      await check(several(layerNormGrad(c, { rows, width, epsilon }), [x, gain, dy, n, width, width]));
      await check(single(softmax(c, { rows, width }), [x, n]));
      await check(single(softmaxGrad(c, { rows, width }), [x, dy, n]));
      await check(single(logSumExp(c, { rows, width }), [x, rows]));
    }
  });

  it.each([6, 8])("attention and rotation of heads of %i", async (dim) => {
    const [B, T, heads, kvHeads] = [2, 11, 4, 2];
    const [n, m] = [B * T * heads * dim, B * T * kvHeads * dim];
    const [q, dout, k, v] = [testValues(n), testValues(n, 2), testValues(m, 3), testValues(m, 4)];
    const shape = { B, T, heads, kvHeads, dim, scale: 0.5, window: 5 };
    const table = ropeTableData({ T, dim, base: 100 });
    for (const c of [caps, hardware]) {
      const stats = B * heads * T;
      await check(single(attention(c, shape), [q, k, v, n, stats]));
      const [queries, keys] = attentionGrad(c, shape);
      const lse = testValues(stats, 5).map((x) => x + 3);
      await check(single(queries, [q, k, v, dout, dout, lse, n, stats]));
      await check(single(keys, [q, k, v, dout, lse, testValues(stats, 6), m, m]));
      for (const qkNorm of [undefined, 1e-5]) {
        const turned = { rows: B, T, heads, dim, qkNorm };
        await check(single(rope(c, turned), [q, table, n]));
        await check(
          single(ropeGrad(c, turned), qkNorm === undefined ? [dout, table, n] : [q, dout, table, n]),
        );
      }
    }
  });

  it.each([7, 12])("tables and indices of width %i", async (width) => {
    const [rows, vocab] = [9, 5];
    const tokens = Uint32Array.from({ length: rows }, (_, i) => (i * i) % vocab);
    const [table, dy] = [testValues(vocab * width), testValues(rows * width, 2)];
    await check(single(embedding(caps, { rows, vocab, width }), [table, tokens, rows * width]));
    for (const c of [caps, hardware])
      await check(several(embeddingGrad(c, { rows, vocab, width }), [tokens, dy, vocab * width]));
    const shape = { outer: 1, length: vocab, count: rows, inner: 1 };
    await check(single(gather(caps, shape), [testValues(vocab), tokens, rows]));
    await check(single(scatterAdd(caps, shape), [testValues(rows), tokens, vocab]));
    const conv = { B: 1, T: 9, C: width, taps: 3 };
    const taps = testValues(3 * width, 3);
    await check(single(causalConv(caps, conv), [dy, taps, rows * width]));
    await check(several(causalConvGradWeight(caps, conv), [dy, testValues(rows * width, 4), 3 * width]));
  });

  it.each([13, 64])("cross-entropy over %i tokens", async (vocab) => {
    const rows = 5;
    const logits = testValues(rows * vocab, 1, 9);
    const targets = Uint32Array.from([0, 12, 4, 0xffffffff, 7]);
    for (const c of [caps, hardware]) {
      for (const softcap of [undefined, 5]) {
        const shape = { rows, vocab, softcap };
        await check(single(crossEntropy(c, shape), [logits, targets, rows, rows]));
        await check(single(crossEntropyFused(c, shape), [logits, targets, rows, rows], [0.5]));
        const lse = testValues(rows, 2).map((x) => x + 11);
        await check(single(crossEntropyGrad(c, shape), [logits, targets, lse, rows * vocab], [0.5]));
      }
    }
  });
});
