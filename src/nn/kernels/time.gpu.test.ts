// Convolution over time, shifts, arg max, scatter-add, one-hot and log-sum-exp in every variant that an adapter can
// select, on odd sizes and edge values.
import { describe, expect, test } from "vitest";
import { causalConv, causalConvGradWeight } from "./layers/convolution.ts";
import { scatterAdd } from "./layers/embedding.ts";
import { argMax, cast, oneHot, shift } from "./basic/indexing.ts";
import { logSumExp } from "./layers/norm.ts";
import { expectClose, openTestDevice, runKernel, runPasses, testValues } from "./testing/dispatch.ts";

const full = await openTestDevice();
const plain = await openTestDevice([]);
const WAYS = [
  ["as the adapter likes it", full, full.capabilities],
  ["as a real GPU with subgroups", full, { ...full.capabilities, software: false }],
  ["as a real GPU without subgroups", plain, { ...plain.capabilities, software: false }],
] as const;

describe.each(WAYS)("%s", (_, device, caps) => {
  test.each([
    [1, 1, 1, 1],
    [2, 9, 3, 4],
    [3, 70, 8, 2],
    [2, 3, 4, 8],
    [1, 300, 20, 3],
  ])("causal convolution [%i, %i, %i] by %i", async (B, T, C, taps) => {
    const n = B * T * C;
    const [x, w, dy] = [testValues(n, 1), testValues(taps * C, 2), testValues(n, 3)];
    const [y, dx, dw] = [new Float64Array(n), new Float64Array(n), new Float64Array(taps * C)];
    for (let i = 0; i < n; i++) {
      const t = Math.floor(i / C) % T;
      for (let j = 0; j <= Math.min(t, taps - 1); j++) {
        const tap = j * C + (i % C);
        y[i]! += w[tap]! * x[i - j * C]!;
        dx[i - j * C]! += w[tap]! * dy[i]!;
        dw[tap]! += dy[i]! * x[i - j * C]!;
      }
    }
    const shape = { B, T, C, taps };
    expectClose((await runKernel(causalConv(caps, shape), [x, w, n], [], device))[2]!, y, { atol: 1e-5 });
    expectClose((await runKernel(causalConv(caps, shape, true), [dy, w, n], [], device))[2]!, dx, {
      atol: 1e-5,
    });
    expectClose((await runPasses(causalConvGradWeight(caps, shape), [x, dy, taps * C], device))[2]!, dw, {
      atol: 1e-4,
      rtol: 1e-4,
    });
  });

  test.each([
    [1, 1],
    [3, 5],
    [9, 64],
    [2, 1000],
    [70, 36],
  ])("log-sum-exp [%i, %i]", async (rows, width) => {
    const x = testValues(rows * width, 1, 20).map((v, i) =>
      i % 7 === 6 && i % width > 0 ? -Infinity : v + 500,
    );
    const wanted = Array.from({ length: rows }, (_, r) => {
      const row = Array.from(x.subarray(r * width, (r + 1) * width));
      const peak = Math.max(...row);
      return peak + Math.log(row.reduce((sum, v) => sum + Math.exp(v - peak), 0));
    });
    expectClose((await runKernel(logSumExp(caps, { rows, width }), [x, rows], [], device))[1]!, wanted, {
      rtol: 1e-6,
    });
  });

  test("arg max takes the first of equals, and -Infinity where that is all", async () => {
    const x = Float32Array.of(1, 3, 3, -1, -Infinity, -Infinity, -Infinity, -Infinity, -4, -5, -3, -3);
    const shape = { outer: 3, length: 4, inner: 1 };
    const [, y] = await runKernel(argMax(caps, shape), [x, new Uint32Array(3)], [], device);
    expect(Array.from(y!)).toEqual([1, 0, 2]);
  });

  test.each([
    [1, 1, 1],
    [3, 7, 1],
    [2, 64, 1],
    [5, 1030, 1],
    [1, 5000, 3],
    [2, 129, 5],
    [9, 3, 2000],
  ])("arg max [%i, %i, %i], with ties", async (outer, length, inner) => {
    // Only five different values: nearly every line has its maximum in many places, and on several lanes.
    const x = testValues(outer * length * inner).map((v) => Math.round(2 * v));
    const wanted = Array.from({ length: outer * inner }, (_, line) => {
      const at = (l: number) => x[(Math.floor(line / inner) * length + l) * inner + (line % inner)]!;
      const values = Array.from({ length }, (_, l) => at(l));
      return values.indexOf(values.reduce((a, b) => Math.max(a, b)));
    });
    const kernel = argMax(caps, { outer, length, inner });
    const [, y] = await runKernel(kernel, [x, new Uint32Array(outer * inner)], [], device);
    expect(Array.from(y!)).toEqual(wanted);
  });

  test.each([
    [1, 1, 1, 1],
    [3, 5, 7, 2],
    [1, 11, 300, 1],
    [2, 3, 1030, 3],
    [4, 6, 64, 1],
    [1, 9, 40, 2000],
  ])("scatter-add [%i, %i from %i, %i], the same every time", async (outer, length, count, inner) => {
    const n = outer * count * inner;
    const x = testValues(n);
    // Some indices are past the end of the axis and count as its last.
    const index = Uint32Array.from(testValues(n, 2), (v) => Math.floor(Math.abs(v) * (length + 1)));
    const wanted = new Float64Array(outer * length * inner);
    index.forEach((l, i) => {
      const o = Math.floor(i / (count * inner));
      wanted[(o * length + Math.min(l, length - 1)) * inner + (i % inner)]! += x[i]!;
    });
    const kernel = scatterAdd(caps, { outer, length, count, inner });
    const run = () => runKernel(kernel, [x, index, wanted.length], [], device);
    const [, , y] = await run();
    expectClose(y!, wanted, { atol: 1e-5 });
    expect((await run())[2]).toEqual(y);
  });

  test.each([-9, -2, 0, 1, 4, 5])("shift by %i", async (by) => {
    const [outer, length, inner] = [3, 5, 2];
    const x = testValues(30);
    const wanted = x.map((_, i) => {
      const from = (Math.floor(i / inner) % length) - by;
      return from >= 0 && from < length ? x[i - by * inner]! : 0;
    });
    const [, y] = await runKernel(shift(caps, { outer, length, inner, by }), [x, 30], [], device);
    expect(y).toEqual(wanted);
  });

  test("one-hot rows and casts", async () => {
    const tokens = Uint32Array.of(2, 0, 9, 1);
    const [, y] = await runKernel(oneHot(caps, { rows: 4, depth: 3 }), [tokens, 12], [], device);
    expect(Array.from(y!)).toEqual([0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0]);
    const floats = Float32Array.of(2.9, -3, 0, 16777215);
    const [, u] = await runKernel(
      cast(caps, { count: 4, to: "u32" }),
      [floats, new Uint32Array(4)],
      [],
      device,
    );
    expect(Array.from(u!)).toEqual([2, 0, 0, 16777215]);
    const [, f] = await runKernel(cast(caps, { count: 4, to: "f32" }), [tokens, 4], [], device);
    expect(Array.from(f!)).toEqual([2, 0, 9, 1]);
  });
});
