// The tuner on artificial kernels: it never chooses a kernel with other results, or one that is much slower.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as nn from "../api.ts";
import { Engine } from "../engine/engine.ts";
import { attention, attentionGrad } from "../kernels/layers/attention.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { matmul } from "../kernels/layers/matmul.ts";
import { layerNorm, rmsNorm, softmaxGrad } from "../kernels/layers/norm.ts";
import { testGpu } from "../kernels/testing/dispatch.ts";
import { Runtime } from "../runtime/index.ts";
import { agreeing, tryOut } from "./trial.ts";
import { tune } from "./tuner.ts";

let runtime: Runtime;
beforeAll(async () => {
  runtime = await Runtime.open({ gpu: await testGpu() });
});
afterAll(() => {
  runtime.close();
});

const COUNT = 4096;

/** y[i] = value, for 64 elements per workgroup. */
function kernel(value: string, before = ""): Kernel {
  return {
    label: "trial",
    file: "test",
    wgsl: `@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
let i = id.x;
${before}
y[i] = ${value};
}`,
    bindings: ["read", "write"],
    numbers: 0,
    grid: [COUNT / 64, 1, 1],
    flops: COUNT,
    bytes: 8 * COUNT,
  };
}

const WASTE = "var waste = x[i]; for (var j = 0u; j < 3000u; j++) { waste = sin(waste) + 0.1; }";
const slow = kernel("3.0 * x[i] + select(0.0, 1.0, waste > 9.0)", WASTE);
const KERNELS: Readonly<Record<string, Kernel>> = {
  slow,
  fast: kernel("3.0 * x[i]"),
  wrong: kernel("3.01 * x[i]"),
  "wrong at the end": kernel("3.0 * x[i]", `if (i >= ${COUNT - 64}u) { return; }`),
  silent: kernel("0.0", "if (x[i] < 1e30) { return; }"),
  nan: kernel("sqrt(-1.0 - x[i] * x[i])"),
  broken: kernel("not_there(i)"),
};

const choiceOf = (plain: string, ...names: string[]) => ({
  key: "test",
  plain,
  candidates: names.map((name) => ({ name, make: () => KERNELS[name] ?? slow })),
});

describe("a trial", () => {
  it("keeps only variants that compile and compute the same result", async () => {
    const all = choiceOf("slow", ...Object.keys(KERNELS));
    expect(await agreeing(runtime, all, [COUNT, COUNT])).toEqual(["slow", "fast"]);
  });
  it("keeps a slow default where everything else is wrong", async () => {
    const choice = choiceOf("slow", "slow", "wrong", "wrong at the end", "silent", "nan", "broken");
    expect(await tryOut(runtime, choice, [COUNT, COUNT], 1)).toBe("slow");
  });
  it("replaces a default that is wrong, and one that is far slower", async () => {
    expect(await tryOut(runtime, choiceOf("slow", "wrong", "slow"), [COUNT, COUNT], 1)).toBe("slow");
    expect(await tryOut(runtime, choiceOf("slow", "slow", "fast"), [COUNT, COUNT], 1)).toBe("fast");
  });
  it("gives its memory back", async () => {
    const before = runtime.allocatedBytes;
    await tryOut(runtime, choiceOf("slow", "slow", "wrong"), [COUNT, COUNT], 1);
    expect(runtime.allocatedBytes).toBe(before);
  });
});

describe("the tuner", () => {
  const planned = (name: string, factor: number) => ({
    kernel: { ...slow, flops: factor * COUNT, choice: { ...choiceOf("slow", "slow", "fast"), key: name } },
    counts: [COUNT, COUNT],
  });
  it("takes the most expensive class first and stops when time is up", async () => {
    const choices = new Map<string, string>();
    let looked = 0;
    const classes = [planned("a", 1), planned("b", 9), planned("c", 3)];
    const changed = await tune(runtime, choices, classes, 2.5, () => looked++);
    expect([...choices]).toEqual([
      ["b", "fast"],
      ["c", "fast"],
    ]);
    expect(changed).toBe(true);
  });
  it("measures nothing twice", async () => {
    const choices = new Map([["a", "slow"]]);
    expect(await tune(runtime, choices, [planned("a", 1)], 1000)).toBe(false);
    expect(choices.get("a")).toBe("slow");
  });
});

describe("the candidates of a real GPU", () => {
  const caps = () => ({ ...runtime.capabilities, software: false });
  const all = async ({ choice }: Kernel, counts: number[]) => {
    // Two names may have the same text.
    const texts = choice?.candidates.map(({ name, make }) => ({ name, wgsl: make().wgsl })) ?? [];
    const names = texts
      .filter(({ wgsl }, i) => texts.findIndex((other) => other.wgsl === wgsl) === i)
      .map(({ name }) => name);
    const agreed = choice ? await agreeing(runtime, choice, counts) : [];
    return { names, agreed };
  };
  it("agree on a product", async () => {
    const { names, agreed } = await all(
      matmul(caps(), { batch: 1, m: 72, n: 48, k: 36, transposeA: false, transposeB: true }),
      [72 * 36, 36 * 48, 72 * 48],
    );
    expect(agreed).toEqual(names);
    expect(names.length).toBeGreaterThanOrEqual(7);
  }, 120_000);
  it("agree on rows", async () => {
    for (const [rows, width] of [
      [9, 64],
      [5, 1028],
      [7, 37],
    ] as const) {
      const size = rows * width;
      const norm = rmsNorm(caps(), { rows, width, gain: true, epsilon: 1e-6 });
      const layer = layerNorm(caps(), { rows, width, epsilon: 1e-6 });
      const softmax = softmaxGrad(caps(), { rows, width });
      for (const [kernel, counts] of [
        [norm, [size, width, size]],
        [layer, [size, width, width, size]],
        [softmax, [size, size, size]],
      ] as const) {
        const { names, agreed } = await all(kernel, [...counts]);
        expect(agreed).toEqual(names);
        expect(names.length).toBeGreaterThanOrEqual(2);
      }
    }
  }, 120_000);
  it("agree on attention", async () => {
    const shape = { B: 2, T: 37, heads: 4, kvHeads: 2, dim: 16, scale: 0.25 };
    const [q, kv, stats] = [2 * 37 * 4 * 16, 2 * 37 * 2 * 16, 2 * 37 * 4];
    const [queries, keys] = attentionGrad(caps(), shape);
    for (const [kernel, counts] of [
      [attention(caps(), shape), [q, kv, kv, q, stats]],
      [queries, [q, kv, kv, q, q, stats, q, stats]],
      [keys, [q, kv, kv, q, stats, stats, kv, kv]],
    ] as const) {
      const { names, agreed } = await all(kernel, [...counts]);
      expect(agreed).toEqual(names);
      expect(names).toContain("64 lanes");
    }
  }, 120_000);
});

describe("an engine with a tuning", () => {
  it("takes the kernels it names, and the same for the same tuning", async () => {
    const gpu = await testGpu();
    const files: string[] = [];
    const results: number[][] = [];
    const plain = await Engine.create({ gpu });
    const { adapter, generation } = plain.tuning();
    const tuning = { adapter, generation, choices: { "matmul nn 32x32x16": "plain 8" } };
    const elsewhere = { ...tuning, adapter: "another" };
    const unknown = { ...tuning, choices: { "matmul nn 32x32x16": "tile 64x64" } };
    plain.close();
    for (const given of [undefined, [elsewhere], [unknown], [elsewhere, tuning], [tuning]]) {
      const engine = await Engine.create({ gpu, tuning: given });
      const values = (seed: number) => Float32Array.from({ length: 512 }, (_, i) => Math.sin(i * seed));
      const y = nn.tensor(values(3), [32, 16]).matmul(nn.tensor(values(5), [16, 32]));
      const read = engine.readLater(y);
      engine.tune(1000);
      await engine.prepare();
      results.push(Array.from(await read));
      files.push((await engine.profile())[0]?.file ?? "");
      expect(engine.tuning().choices).toEqual(
        given?.includes(tuning) ? tuning.choices : given?.[0] === unknown ? unknown.choices : {},
      );
      engine.close();
    }
    // A tuning of another adapter, and a name that does not exist on this adapter, change nothing.
    expect(files.slice(0, 3)).toEqual([files[0], files[0], files[0]]);
    expect(results[1]).toEqual(results[0]);
    expect(files.slice(3)).toEqual(["matmul_plain.wgsl", "matmul_plain.wgsl"]);
    expect(files[0]).not.toBe(files[3]);
    expect(results[4]).toEqual(results[3]);
  }, 120_000);
});
