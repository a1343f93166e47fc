// Reductions and kernels over rows, with every way in which lanes share a row.
import { describe, expect, test } from "vitest";
import type { Expression } from "../wgsl/expression.ts";
import type { Kernel } from "../kernel.ts";
import {
  gainGrad,
  gainParts,
  layerNorm,
  layerNormGrad,
  rmsNorm,
  rmsNormGrad,
  softmax,
  softmaxGrad,
} from "./norm.ts";
import type { Passes } from "../passes.ts";
import { reduce } from "../basic/reduce.ts";
import { everyWay, expectClose, runKernel, runKernels, runPasses, testValues } from "../testing/dispatch.ts";

const WAYS = await everyWay();

const SHAPES = [
  [1, 1],
  [3, 5],
  [9, 7],
  [5, 12],
  [10, 128],
  [2, 1030],
] as const;
/** Adds shapes with several rows per lane, and with more items than a lane keeps in registers. */
const NORM_SHAPES = [...SHAPES, [70, 20], [37, 264]] as const;

const chain = (kernels: readonly (Kernel & { results: number })[], inputs: number): Passes => ({
  steps: kernels.map((kernel, i) => {
    const from = i === 0 ? Array.from({ length: inputs }, (_, j) => j) : [inputs + i];
    return { kernel, slots: [...from, i === kernels.length - 1 ? inputs : inputs + 1 + i] };
  }),
  scratch: kernels.slice(0, -1).map((kernel) => kernel.results),
});
const rowsOf = (x: ArrayLike<number>, width: number): number[][] =>
  Array.from({ length: x.length / width }, (_, r) => Array.from(x).slice(r * width, r * width + width));
const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);

describe.each(WAYS)("%s", (_, device, caps) => {
  test.each([
    [1, 1, 1],
    [5, 7, 1],
    [1, 5000, 1],
    [3, 1024, 1],
    [4, 9, 3],
    [1, 1000, 8],
    [2, 3000, 12],
    [200, 16, 4],
  ])("reduces [%i, %i, %i]", async (outer, length, inner) => {
    const x = testValues(outer * length * inner);
    const line = (o: number, i: number): number[] =>
      Array.from({ length }, (_, l) => x[(o * length + l) * inner + i]!);
    for (const [op, f] of [
      ["sum", sum],
      ["max", (v: number[]) => v.reduce((a, b) => Math.max(a, b))],
      ["min", (v: number[]) => v.reduce((a, b) => Math.min(a, b))],
    ] as const) {
      const kernels = reduce(caps, { outer, length, inner, op });
      const results = await runPasses(chain(kernels, 1), [x, outer * inner], device);
      const wanted = Array.from({ length: outer * inner }, (_, r) =>
        f(line(Math.floor(r / inner), r % inner)),
      );
      expectClose(results[1]!, wanted, { rtol: 1e-6, atol: length * 2e-8 + 1e-7, what: op });
    }
  });

  test("reduces an expression of broadcast inputs, scaled, with numbers before and after", async () => {
    const [outer, length, inner] = [2, 260, 4];
    const prologue: Expression = {
      instructions: [
        { op: "input", index: 0 },
        { op: "input", index: 1 },
        { op: "mul", a: 0, b: 1 },
        { op: "number", slot: 1 },
        { op: "add", a: 2, b: 3 },
      ],
      outputs: [4],
    };
    const epilogue: Expression = {
      instructions: [
        { op: "input", index: 0 },
        { op: "number", slot: 0 },
        { op: "mul", a: 0, b: 1 },
      ],
      outputs: [2],
    };
    const [a, b] = [testValues(outer * length * inner), testValues(length, 2)];
    const inputs = [
      [outer, length, inner],
      [1, length, 1],
    ] as const;
    const kernels = reduce(caps, {
      outer,
      length,
      inner,
      op: "sum",
      prologue,
      epilogue,
      scale: 1 / length,
      inputs,
    });
    const passes = chain(kernels, 2);
    const steps = passes.steps.map((step) => ({ ...step, numbers: [10, 0.5] }));
    const results = await runKernels(steps, [a, b, outer * inner, ...passes.scratch], device);
    const wanted = Array.from({ length: outer * inner }, (_, r) => {
      const [o, i] = [Math.floor(r / inner), r % inner];
      return (10 / length) * sum(Array.from(b, (v, l) => v * a[(o * length + l) * inner + i]! + 0.5));
    });
    expectClose(results[2]!, wanted, { rtol: 1e-5 });
  });

  test.each(NORM_SHAPES)("rmsNorm and its gradient [%i, %i]", async (rows, width) => {
    const n = rows * width;
    const [x, dy, gain, addend] = [testValues(n), testValues(n, 2), testValues(width, 3), testValues(n, 4)];
    const epsilon = 1e-5;
    const r = rowsOf(x, width).map((row) => 1 / Math.sqrt(sum(row.map((v) => v * v)) / width + epsilon));
    const [, y] = await runKernel(rmsNorm(caps, { rows, width, gain: false, epsilon }), [x, n], [], device);
    expectClose(
      y!,
      Array.from(x, (v, i) => v * r[Math.floor(i / width)]!),
    );
    const withGain = rmsNorm(caps, { rows, width, gain: true, epsilon });
    const [, , z] = await runKernel(withGain, [x, gain, n], [], device);
    expectClose(
      z!,
      Array.from(x, (v, i) => v * r[Math.floor(i / width)]! * gain[i % width]!),
    );
    for (const g of [null, gain]) {
      const wanted = rowsOf(x, width).flatMap((row, k) => {
        const up = row.map((_, i) => dy[k * width + i]! * (g?.[i] ?? 1));
        const pull = (sum(up.map((v, i) => v * row[i]!)) / width) * r[k]! ** 2;
        return up.map((v, i) => (v - row[i]! * pull) * r[k]!);
      });
      const kernel = rmsNormGrad(caps, { rows, width, gain: g !== null, epsilon });
      const parts = gainParts(rows);
      const bindings = g === null ? [x, dy, n] : [x, g, dy, n, parts * width];
      const results = await runKernel(kernel, bindings, [], device);
      expectClose(results[g === null ? 2 : 3]!, wanted, { rtol: 2e-5, atol: 1e-5 });
      if (g !== null) {
        const dgain = Array.from({ length: width }, (_, i) =>
          sum(r.map((v, k) => v * x[k * width + i]! * dy[k * width + i]!)),
        );
        const left = Array.from({ length: width }, (_, i) =>
          sum(Array.from({ length: parts }, (_, p) => results[4]![p * width + i]!)),
        );
        expectClose(left, dgain, { rtol: 1e-5, atol: 1e-5 });
      }
      const added = rmsNormGrad(caps, { rows, width, gain: g !== null, epsilon, addend: true });
      const own = g === null ? [x, dy, addend, n] : [x, g, dy, addend, n, parts * width];
      const both = await runKernel(added, own, [], device);
      expectClose(
        both[g === null ? 3 : 4]!,
        wanted.map((v, i) => v + addend[i]!),
        { rtol: 2e-5, atol: 1e-5 },
      );
    }
  });

  test.each([
    [1, 3, 5],
    [3, 7, 12],
    [2, 300, 64],
  ])("sums the parts of the gradients of %i gains, %i of width %i", async (gains, parts, width) => {
    const x = testValues(gains * parts * width);
    // The results are not adjacent, just as gradients of matrices lie between gradients of gains.
    const places = Array.from({ length: gains }, (_, i) => 4 * i * (i + 1) + i * width - ((i * width) % 4));
    const size = places[gains - 1]! + width;
    const passes = chain(gainGrad(caps, { parts, width, places }), 1);
    const got = (await runPasses(passes, [x, size], device))[1]!;
    const wanted = Array.from({ length: size }, () => NaN);
    for (let g = 0; g < gains; g++)
      for (let i = 0; i < width; i++)
        wanted[places[g]! + i] = sum(
          Array.from({ length: parts }, (_, p) => x[(g * parts + p) * width + i]!),
        );
    expectClose(got, wanted, { rtol: 1e-5, atol: 1e-5 });
  });

  test.each(SHAPES)("layerNorm and its gradient [%i, %i]", async (rows, width) => {
    const n = rows * width;
    const x = testValues(n).map((v) => v + 3);
    const [dy, gain, bias] = [testValues(n, 2), testValues(width, 3), testValues(width, 4)];
    const epsilon = 1e-3;
    const units = rowsOf(x, width).map((row) => {
      const mean = sum(row) / width;
      const scale = 1 / Math.sqrt(sum(row.map((v) => (v - mean) ** 2)) / width + epsilon);
      return { scale, h: row.map((v) => (v - mean) * scale) };
    });
    const [, , , y] = await runKernel(
      layerNorm(caps, { rows, width, epsilon }),
      [x, gain, bias, n],
      [],
      device,
    );
    const h = units.flatMap((unit) => unit.h);
    expectClose(
      y!,
      h.map((v, i) => v * gain[i % width]! + bias[i % width]!),
      { rtol: 1e-4, atol: 1e-5 },
    );
    const passes = layerNormGrad(caps, { rows, width, epsilon });
    const results = await runPasses(passes, [x, gain, dy, n, width, width], device);
    const wanted = units.flatMap((unit, k) => {
      const g = unit.h.map((_, i) => dy[k * width + i]! * gain[i]!);
      const [a, b] = [sum(g) / width, sum(g.map((v, i) => v * unit.h[i]!)) / width];
      return g.map((v, i) => (v - a - unit.h[i]! * b) * unit.scale);
    });
    expectClose(results[3]!, wanted, { rtol: 1e-4, atol: 2e-4 });
    const columns = (f: (i: number) => number): number[] =>
      Array.from({ length: width }, (_, c) => sum(Array.from({ length: rows }, (_, k) => f(k * width + c))));
    expectClose(
      results[4]!,
      columns((i) => dy[i]! * h[i]!),
      { rtol: 1e-4, atol: 1e-5 },
    );
    expectClose(
      results[5]!,
      columns((i) => dy[i]!),
      { rtol: 1e-5, atol: 1e-6 },
    );
  });

  test.each(SHAPES)("softmax and its gradient [%i, %i]", async (rows, width) => {
    const n = rows * width;
    const [x, dy] = [testValues(n, 1, 20).map((v) => v + 500), testValues(n, 2)];
    const wanted = rowsOf(x, width).flatMap((row) => {
      const peak = row.reduce((a, b) => Math.max(a, b));
      const e = row.map((v) => Math.exp(v - peak));
      return e.map((v) => v / sum(e));
    });
    const [, y] = await runKernel(softmax(caps, { rows, width }), [x, n], [], device);
    expectClose(y!, wanted, { rtol: 1e-5, atol: 1e-7 });
    const [, , dx] = await runKernel(softmaxGrad(caps, { rows, width }), [y!, dy, n], [], device);
    const grad = rowsOf(wanted, width).flatMap((row, k) => {
      const s = sum(row.map((v, i) => v * dy[k * width + i]!));
      return row.map((v, i) => v * (dy[k * width + i]! - s));
    });
    expectClose(dx!, grad, { rtol: 1e-4, atol: 1e-6 });
  });

  test("repeats bit by bit", async () => {
    const x = testValues(6000);
    const passes = chain(reduce(caps, { outer: 1, length: 6000, inner: 1, op: "sum" }), 1);
    const once = (await runPasses(passes, [x, 1], device))[1];
    for (let i = 0; i < 3; i++) expect((await runPasses(passes, [x, 1], device))[1]).toEqual(once);
  });
});
