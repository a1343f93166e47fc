// Losses whose logits are computed some rows at a time: the reference's numbers, in a fraction of the memory.

import { describe, expect, it } from "vitest";
import * as nn from "../../api.ts";
import type { Tensor } from "../../api.ts";
import { Engine } from "../../engine/engine.ts";
import { testGpu } from "../../kernels/testing/dispatch.ts";
import { ReferenceBackend } from "../../reference/index.ts";
import { Session } from "../../engine/session.ts";
import { testEngine } from "../../testing/engine.ts";

const engine = await testEngine({ logitBytes: 1 });

interface Sizes {
  readonly rows: number;
  readonly channels: number;
  readonly vocab: number;
}

/** Parameters x [N, C], w [C, V] or, tied, [V, C], and more; the scalar to differentiate; other requested values. */
interface Case {
  readonly name: string;
  readonly tied?: boolean;
  /** Whether the logits are computed in chunks; default true. */
  readonly cut?: boolean;
  readonly loss: (p: Parts, y: Tensor, sizes: Sizes) => Tensor;
  readonly also?: (p: Parts) => Tensor;
}
interface Parts {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor;
  readonly scale: Tensor;
  readonly logits: Tensor;
}

const cases: Case[] = [
  { name: "untied", loss: ({ logits }, y) => nn.crossEntropy(logits, y) },
  { name: "tied", tied: true, loss: ({ logits }, y) => nn.crossEntropy(logits, y) },
  { name: "softcap", loss: ({ logits }, y) => nn.crossEntropy(logits.softcap(3), y) },
  { name: "a loss that is scaled", loss: ({ logits }, y) => nn.crossEntropy(logits, y).mul(0.25) },
  { name: "bias", loss: ({ logits, bias }, y) => nn.crossEntropy(logits.add(bias), y) },
  {
    name: "bias, number and softcap",
    loss: ({ logits, bias }, y) => nn.crossEntropy(logits.mul(0.5).add(bias).softcap(3), y),
  },
  { name: "a learned scale", loss: ({ logits, scale }, y) => nn.crossEntropy(logits.mul(scale), y) },
  {
    name: "softcap by hand and a learned scale",
    loss: ({ logits, scale }, y) => nn.crossEntropy(logits.mul(scale).div(3).tanh().mul(3), y),
  },
  {
    name: "weights of the losses",
    loss: ({ logits }, y, { rows }) =>
      nn.crossEntropy(logits, y, { reduction: "none" }).mul(nn.arange(rows).mul(0.01)).mean(),
  },
  {
    name: "a loss that weighs itself",
    tied: true,
    loss: ({ logits, bias }, y) => {
      const losses = nn.crossEntropy(logits.add(bias), y, { reduction: "none" });
      return losses.mul(losses.div(losses.max())).mean();
    },
  },
  {
    name: "three axes",
    loss: ({ x, w }, y, { rows, channels }) =>
      nn.crossEntropy(x.view(rows / 5, 5, channels).matmul(w), y.view(rows / 5, 5)),
  },
  {
    name: "two losses of two products, summed",
    loss: ({ x, w, logits }, y) => nn.crossEntropy(logits, y).add(nn.crossEntropy(x.mul(0.5).matmul(w), y)),
  },
  {
    name: "logits that are asked for",
    cut: false,
    loss: ({ logits }, y) => nn.crossEntropy(logits, y),
    also: ({ logits }) => logits,
  },
  {
    name: "logits that something else reads",
    cut: false,
    loss: ({ logits }, y) => nn.crossEntropy(logits, y).add(logits.square().mean().mul(0.1)),
  },
];

async function run(session: Session, { tied, loss, also }: Case, sizes: Sizes, training: boolean) {
  session.activate();
  session.seed(4);
  const { rows, channels, vocab } = sizes;
  const x = nn.parameter([rows, channels], nn.normal(1));
  const w = nn.parameter(tied ? [vocab, channels] : [channels, vocab], nn.normal(1 / Math.sqrt(channels)));
  const bias = nn.parameter([vocab], nn.normal(1));
  const scale = nn.parameter([1], nn.constant(1.5));
  const parts: Parts = { x, w, bias, scale, logits: x.matmul(w, { transposeB: tied }) };
  const y = nn.tensor(Uint32Array.from({ length: rows }, (_, i) => (i * 7 + 3) % vocab));
  const l = loss(parts, y, sizes);
  if (training) l.backward();
  const wanted = [l, ...[x, w, bias, scale].flatMap((p) => p.grad ?? []), ...(also ? [also(parts)] : [])];
  const results = wanted.map((tensor) => session.readLater(tensor));
  session.flush();
  const arrays = await Promise.all(results);
  const bindings = session === engine ? bindingsOf(engine) : [];
  session.reset();
  return { arrays, bindings };
}

/** Sizes of all bindings of the last plan, in bytes. */
function bindingsOf({ backend }: Engine): number[] {
  return backend.last?.program.steps.flatMap(({ dispatch }) => dispatch.slices.map(({ size }) => size)) ?? [];
}

const sizes: Sizes = { rows: 205, channels: 24, vocab: 37 };
const even: Sizes = { rows: 320, channels: 32, vocab: 64 };

async function agree(c: Case, shape: Sizes, training: boolean) {
  const { arrays: expected } = await run(new Session(new ReferenceBackend()), c, shape, training);
  const { arrays: got, bindings } = await run(engine, c, shape, training);
  expect(got.length).toBe(expected.length);
  got.forEach((array, k) => {
    const scale = Math.max(1e-3, ...Array.from(expected[k]!, Math.abs));
    expect(array.length).toBe(expected[k]!.length);
    for (let i = 0; i < array.length; i++)
      expect(
        Math.abs(array[i]! - expected[k]![i]!),
        `output ${k}[${i}]: ${array[i]!} against ${expected[k]![i]!}`,
      ).toBeLessThan(1e-5 * scale);
  });
  const whole = bindings.some((bytes) => bytes >= shape.rows * shape.vocab * 4);
  expect(whole, "logits are whole somewhere").toBe(c.cut === false);
}

describe("agree with the reference", () => {
  it.each(cases)("$name", (c) => agree(c, sizes, true), 60_000);
  it.each(cases.slice(5, 8))("$name, in vec4 tiles", (c) => agree(c, even, true), 60_000);
  it.each(cases.slice(5, 7))("$name, without a gradient", (c) => agree(c, sizes, false), 60_000);
});

/** Losses of three steps of a model whose logits are 8 MiB and everything else under one. */
async function train(on: Engine): Promise<number[]> {
  on.activate();
  on.seed(2);
  const table = nn.parameter([4096, 16], nn.normal(0.3));
  const optimizer = new nn.AdamW([table], { lr: 0.01 });
  const tokens = on.input([512], "u32");
  const losses: Promise<ArrayLike<number>>[] = [];
  for (let step = 0; step < 3; step++) {
    tokens.set(Uint32Array.from({ length: 512 }, (_, i) => (i * i + step) % 4096));
    const x = nn.rmsNorm(nn.embedding(table, tokens));
    const loss = nn.crossEntropy(x.matmul(table, { transposeB: true }), tokens.shift(0, 1));
    loss.backward();
    losses.push(on.readLater(loss));
    optimizer.step();
    on.flush();
  }
  return (await Promise.all(losses)).map((l) => l[0]!);
}

it("trains a model whose logits would not fit", async () => {
  const limit = 4 * 2 ** 20;
  const gpu = await testGpu();
  const [large, small] = [await Engine.create({ gpu }), await Engine.create({ gpu, memoryLimit: limit })];
  try {
    const expected = await train(large);
    expect(large.memory().peak).toBeGreaterThan(8 * 2 ** 20);
    const losses = await train(small);
    expect(small.memory().peak).toBeLessThan(limit);
    losses.forEach((loss, i) => {
      expect(loss).toBeCloseTo(expected[i]!, 4);
    });
    expect(losses[2]).toBeLessThan(losses[0]!);
  } finally {
    large.close();
    small.close();
  }
}, 120_000);
