// Cross-entropy and its gradients against float64, on odd vocabularies and on rows that overflow a naive formula.
import { describe, expect, it } from "vitest";
import { crossEntropy, crossEntropyFused, crossEntropyGrad } from "./cross-entropy.ts";
import type { Capabilities } from "../kernel.ts";
import { expectClose, openTestDevice, runKernel, testValues } from "../testing/dispatch.ts";

function reference(z: Float32Array, targets: Uint32Array, vocab: number, scale: number, softcap?: number) {
  const rows = targets.length;
  const [losses, lse, gradient] = [
    new Float64Array(rows),
    new Float64Array(rows),
    new Float64Array(rows * vocab),
  ];
  for (let r = 0; r < rows; r++) {
    const y = Array.from(z.subarray(r * vocab, (r + 1) * vocab), (x) =>
      softcap === undefined ? x : softcap * Math.tanh(x / softcap),
    );
    const most = Math.max(...y);
    const sum = y.reduce((s, x) => s + Math.exp(x - most), 0);
    lse[r] = most + Math.log(sum);
    const t = targets[r]!;
    if (t >= vocab) continue;
    losses[r] = most - y[t]! + Math.log(sum);
    y.forEach((x, i) => {
      const slope = softcap === undefined ? 1 : 1 - (x / softcap) ** 2;
      gradient[r * vocab + i] = scale * slope * (Math.exp(x - most) / sum - (i === t ? 1 : 0));
    });
  }
  return { losses, lse, gradient };
}

async function check(
  z: Float32Array,
  targets: Uint32Array,
  vocab: number,
  caps: Partial<Capabilities>,
  softcap?: number,
): Promise<void> {
  const open = await openTestDevice(caps.subgroup === 0 ? [] : ["subgroups"]);
  const capabilities = { ...open.capabilities, ...caps };
  const rows = targets.length;
  const scale = 0.125;
  const expected = reference(z, targets, vocab, scale, softcap);
  const what = JSON.stringify({ rows, vocab, softcap, ...caps });
  const shape = { rows, vocab, softcap };
  const close = { rtol: 3e-5, atol: 1e-6 };

  const [, , loss, lse] = await runKernel(
    crossEntropy(capabilities, shape),
    [z, targets, rows, rows],
    [],
    open,
  );
  expectClose(loss!, expected.losses, { ...close, what: `loss ${what}` });
  expectClose(lse!, expected.lse, { ...close, what: `lse ${what}` });

  const fused = await runKernel(
    crossEntropyFused(capabilities, shape),
    [z, targets, rows, rows],
    [scale],
    open,
  );
  expectClose(fused[0]!, expected.gradient, { ...close, what: `fused gradient ${what}` });
  expect(fused[2]).toEqual(loss);
  expect(fused[3]).toEqual(lse);

  const separate = crossEntropyGrad(capabilities, { ...shape, upstream: "scalar" });
  const up = Float32Array.of(scale);
  const apart = await runKernel(separate, [z, targets, lse!, rows * vocab, up], [], open);
  // The exponent subtracts the rounded log-sum-exp: the relative error is about eps * |lse|.
  for (let r = 0; r < rows; r++) {
    const row = (array: ArrayLike<number>) => Array.from(array).slice(r * vocab, (r + 1) * vocab);
    const rtol = 3e-5 + 2e-7 * Math.abs(expected.lse[r]!);
    expectClose(row(apart[3]!), row(expected.gradient), {
      rtol,
      atol: 1e-6,
      what: `gradient of row ${r} ${what}`,
    });
  }

  const inPlace = crossEntropyGrad(capabilities, { ...shape, upstream: "row", inPlace: true });
  const over = await runKernel(inPlace, [z, targets, lse!, new Float32Array(rows).fill(scale)], [], open);
  expect(over[0]).toEqual(apart[3]);
}

const adapters: [string, Partial<Capabilities>][] = [
  ["a subgroup a row", {}],
  ["a lane a row", { subgroup: 0 }],
  ["a workgroup a row", { software: false }],
];

describe.each(adapters)("cross-entropy, %s", (_name, caps) => {
  it("agrees with float64 for odd vocabularies", async () => {
    for (const vocab of [1, 3, 65, 257]) {
      const targets = Uint32Array.from({ length: 5 }, (_, r) => (r * 31) % vocab);
      await check(testValues(5 * vocab, vocab, 8), targets, vocab, caps);
      await check(testValues(5 * vocab, vocab, 40), targets, vocab, caps, 15);
    }
  });

  it("survives huge, equal and far apart logits, and ignores rows without a target", async () => {
    const vocab = 33;
    const z = new Float32Array(6 * vocab);
    z.fill(1e4, 0, vocab); // all equal and large
    z.fill(-1e30, vocab, 2 * vocab);
    z[2 * vocab + 7] = 1e30; // one dominates, and is the target
    z[3 * vocab + 7] = 80; // one dominates, another is the target
    z.set(testValues(2 * vocab, 3), 4 * vocab);
    await check(z, Uint32Array.of(0, 32, 7, 8, 0xffffff9c, 1), vocab, caps);
  });
});

it("reads its scale from numbers[0]", async () => {
  const open = await openTestDevice();
  const kernel = crossEntropyGrad(open.capabilities, { rows: 2, vocab: 4, inPlace: true });
  const z = new Float32Array(8);
  const lse = new Float32Array(2).fill(Math.log(4));
  const [gradient] = await runKernel(kernel, [z, Uint32Array.of(1, 3), lse], [2]);
  expectClose(gradient!, [0.5, -1.5, 0.5, 0.5, 0.5, 0.5, 0.5, -1.5], {});
});
