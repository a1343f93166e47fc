// A split dispatch gives the same bits, for kernels with and without data in the uniform.
import { describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import { Engine } from "../engine/engine.ts";
import { customKernel } from "./layers/custom.ts";
import type { Kernel } from "./kernel.ts";
import { plainTile, registerTile } from "./layers/matmul-tiles.ts";
import { rmsNorm } from "./layers/norm.ts";
import { random } from "./basic/random.ts";
import { bounded, estimate, split } from "./split.ts";
import { openTestDevice, runKernels, testGpu, testValues } from "./testing/dispatch.ts";

const { capabilities: caps } = await openTestDevice();

async function same(kernel: Kernel, counts: readonly number[], parts: number, numbers: number[] = []) {
  const slots = counts.map((_, i) => i);
  const bindings = counts.map((count, i) =>
    kernel.bindings[i] === "write" ? count : testValues(count, i + 1),
  );
  const pieces = split(kernel, parts);
  expect(pieces.length).toBeGreaterThan(1);
  expect(new Set(pieces.map(({ wgsl }) => wgsl)).size).toBe(1);
  const whole = await runKernels([{ kernel, slots, numbers }], bindings);
  // In reverse order: no part may depend on another.
  const inParts = await runKernels(
    [...pieces].reverse().map((piece) => ({ kernel: piece, slots, numbers })),
    bindings,
  );
  expect(inParts).toEqual(whole);
  expect(whole.at(-1)?.every((value) => Number.isFinite(value))).toBe(true);
}

describe("parts of a dispatch", () => {
  it("of a product, with and without sizes in the uniform", async () => {
    const shape = { batch: 2, m: 40, n: 72, k: 8, transposeA: false, transposeB: true };
    for (const { kernel } of [plainTile(shape, 8, 4, 2), registerTile(shape, 4, 4, 2, true)])
      await same(kernel, [2 * 40 * 8, 2 * 72 * 8, 2 * 40 * 72], 2);
  }, 120_000);
  it("of a product whose epilogue reads numbers", async () => {
    const expression = {
      instructions: [
        { op: "input", index: 0 },
        { op: "number", slot: 4 },
        { op: "mul", a: 0, b: 1 },
      ],
      outputs: [2],
    } as const;
    const shape = { batch: 1, m: 70, n: 8, k: 4, transposeA: false, transposeB: false };
    const { kernel } = registerTile({ ...shape, epilogue: { expression, extras: [] } }, 4, 4, 2, true);
    await same(kernel, [70 * 4, 4 * 8, 70 * 8], 3, [0, 0, 0, 0, 0.5]);
  });
  it("of rows, of random numbers, of a kernel of train.ts", async () => {
    await same(rmsNorm(caps, { rows: 50, width: 12, gain: false, epsilon: 1e-6 }), [600, 600], 4);
    await same(random(caps, { count: 3000, kind: "normal" }), [3000], 5, [7]);
    const custom = customKernel(caps, {
      name: "twice",
      workgroup: 0,
      groups: 0,
      loops: 0,
      wgsl: "fn element(i: u32) -> f32 { return 2.0 * x[i]; }",
      inputs: [{ name: "x", dtype: "f32", shape: [999] }],
      output: { dtype: "f32", shape: [999] },
    });
    await same(custom, [999, 999], 3);
  });
  it("split a long dispatch and cover its whole grid", () => {
    const kernel = random(caps, { count: 2 ** 20, kind: "uniform" });
    expect(bounded(kernel, true)).toEqual([kernel]);
    const long = { ...kernel, flops: 3e9, bytes: 0 };
    const pieces = bounded(long, true);
    expect(pieces.length).toBeGreaterThanOrEqual(5);
    for (const piece of pieces) expect(estimate(piece, true)).toBeLessThan(101);
    expect(pieces.reduce((sum, { grid }) => sum + grid[0], 0)).toBe(kernel.grid[0]);
    expect(bounded(long, false)).toEqual([long]);
  });
  it("split a long matrix product of a plan", async () => {
    const engine = await Engine.create({ gpu: await testGpu() });
    const x = nn.parameter([2048, 512], nn.ones);
    const y = nn.parameter([512, 512], nn.ones);
    const read = engine.readLater(x.matmul(y));
    await engine.prepare();
    expect((await read).every((value) => value === 512)).toBe(true);
    expect(engine.dispatches).toBe(engine.capabilities.software ? 2 : 1);
    engine.close();
  });
  it("leave a kernel of one workgroup alone", () => {
    const kernel = { ...random(caps, { count: 4, kind: "uniform" }), flops: 1e12 };
    expect(bounded(kernel, true)).toEqual([kernel]);
  });
});
