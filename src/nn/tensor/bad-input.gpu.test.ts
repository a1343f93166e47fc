// Errors of train.ts with operations, sizes and the device.

import { describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import * as nn from "../api.ts";
import { Engine } from "../engine/engine.ts";
import { testGpu } from "../kernels/testing/dispatch.ts";
import { caught, missing, p, refuses, sturdyEngine, tokens, works } from "../testing/bad-input.ts";

const engine = await sturdyEngine();

describe("shapes, types and values", () => {
  refuses([
    ["shape", "add", () => p(2, 3).add(p(2)), /add: .*got \[2, 3\] and \[2\], expected sizes equal or 1/],
    [
      "shape",
      "matmul",
      () => p(2, 3).matmul(p(2, 3)),
      /matmul: inner sizes differ, got .*, expected 3 = 2 \(transposeB/,
    ],
    ["shape", "matmul of a vector", () => p(3).matmul(p(3, 3)), /needs matrices.*expected two axes.*view/],
    [
      "dtype",
      "matmul of tokens",
      () => p(3, 2).matmul(tokens(2, 2)),
      /matmul: .*got u32, expected f32 \(tokens go/,
    ],
    [
      "dtype",
      "tokens of f32",
      () => nn.embedding(p(3, 2), p(2)),
      /embedding, got f32 and f32, expected an f32 table/,
    ],
    ["shape", "a table with three axes", () => nn.embedding(p(3, 2, 1), tokens(2)), /expected \[V, C\]/],
    ["shape", "view", () => p(2, 3).view(4, 2), /view: .*got \[2, 3\] as \[4, 2\], expected 6 elements/],
    ["shape", "view with -1", () => p(2, 3).view(4, -1), /view: cannot infer -1, got/],
    [
      "shape",
      "narrow",
      () => p(2, 3).narrow(1, 2, 2),
      /narrow: out of range, got 2 to 4, expected within axis 1/,
    ],
    [
      "shape",
      "cat",
      () => nn.cat([p(2, 3), p(3, 2)]),
      /cat: .*got \[3, 2\], expected \[2, 3\] except on axis 0/,
    ],
    [
      "shape",
      "permute",
      () => p(2, 3).permute(0, 0),
      /permute: .*got \[0, 0\], expected each of 0 to 1 once/,
    ],
    [
      "shape",
      "sum over no axis",
      () => p(2, 3).sum(2),
      /sum: no such axis, got 2, expected an integer from -2 to 1/,
    ],
    [
      "shape",
      "attention",
      () => nn.attention(p(1, 4, 3, 2), p(1, 4, 2, 2), p(1, 4, 2, 2)),
      /expected q \[B, T, H, D\]/,
    ],
    [
      "value",
      "a window of half a token",
      () => nn.attention(p(1, 4, 2, 2), p(1, 4, 2, 2), p(1, 4, 2, 2), { window: 0.5 }),
      /got 0.5, expected a positive integer/,
    ],
    ["shape", "crossEntropy", () => nn.crossEntropy(p(2, 3, 5), tokens(2)), /crossEntropy.*got .*expected/],
    ["dtype", "crossEntropy of f32 targets", () => nn.crossEntropy(p(2, 5), p(2)), /crossEntropy.*expected/],
    [
      "shape",
      "rmsNorm's gain",
      () => nn.rmsNorm(p(2, 3), p(2)),
      /gain or bias does not fit, got \[2\], expected \[3\]/,
    ],
    ["shape", "rope", () => nn.rope(p(2, 3, 4)), /rope.*got .*expected/],
    [
      "dtype",
      "gather by f32",
      () => p(2, 3).gather(1, p(2, 1)),
      /gather: the index, got f32, expected u32 \(x\.uint/,
    ],
    [
      "shape",
      "gather",
      () => p(2, 3).gather(1, tokens(3, 1)),
      /gather: .*got \[2, 3\] by index \[3, 1\], expected/,
    ],
    [
      "shape",
      "scatterAdd",
      () => nn.scatterAdd(p(2, 3), 1, tokens(2, 2), 5),
      /scatterAdd: .*got \[2, 2\], expected \[2, 3\]/,
    ],
    [
      "shape",
      "causalConv",
      () => nn.causalConv(p(2, 5, 4), p(3, 5)),
      /causalConv: .*got .*expected x \[B, T, C\], weight \[K, C\]/,
    ],
    ["shape", "causalConv of groups", () => nn.causalConv(p(2, 5, 4), p(3, 3, 4)), /causalConv: .*expected/],
    ["value", "oneHot", () => nn.oneHot(tokens(2), 0), /oneHot: .*got 0, expected a positive integer/],
    ["value", "shift", () => p(3).shift(0, 0.5), /shift: .*got 0.5, expected an integer/],
    ["shape", "tril", () => nn.tril(p(3)), /tril: needs a matrix, got \[3\], expected/],
    ["shape", "argmax over no axis", () => p(3).argmax(1), /argmax: no such axis, got 1, expected/],
    [
      "shape",
      "a parameter of size 0",
      () => p(0, 3),
      /parameter: bad shape, got \[0, 3\], expected positive integers/,
    ],
    [
      "shape",
      "values that do not fill",
      () => nn.tensor([1, 2, 3], [2, 2]),
      /got 3, expected 4 for \[2, 2\]/,
    ],
    [
      "shape",
      "backward of a matrix",
      () => {
        p(2, 2).backward();
      },
      /backward: needs a scalar, got \[2, 2\], expected one element/,
    ],
    ["value", "dropout of everything", () => nn.dropout(p(2), 1), /got 1, expected 0 <= p < 1/],
    [
      "value",
      "assigning to a result",
      () => {
        nn.assign(p(2).add(1), p(2));
      },
      /assign: .*got .*expected a tensor of nn\.parameter/,
    ],
    [
      "shape",
      "assigning a tensor that does not fit",
      () => {
        nn.assign(p(2), p(3));
      },
      /got \[3\] to \[2\], expected/,
    ],
    [
      "value",
      "a field that is not set",
      () => p(2, 3).matmul(missing.head as nn.Tensor),
      /^matmul: needs a tensor, got undefined, expected a tensor \(a field or argument that is not set\?\)$/,
    ],
    [
      "value",
      "an option of attention in Python's spelling",
      () =>
        nn.attention(p(1, 4, 2, 2), p(1, 4, 2, 2), p(1, 4, 2, 2), { is_causal: true } as nn.AttentionOptions),
      /^attention: unknown option, got is_causal, expected window, scale$/,
    ],
    [
      "shape",
      "half a head",
      () => p(2, 6).view(2, 4, 1.5),
      /^view: bad shape, got \[2, 4, 1.5\], expected positive integers$/,
    ],
    [
      "shape",
      "a list of sizes",
      () => p(2, 3).view(...([[3, 2]] as unknown as number[])),
      /^view: bad shape, got \[\[3, 2\]\], expected positive integers \(x\.view\(2, 3\) takes no list/,
    ],
    [
      "value",
      "half a place",
      () => p(4).narrow(0, 0.5, 2),
      /^narrow: start, got 0.5, expected an integer from 0 on$/,
    ],
    [
      "value",
      "NaN as an initial value",
      () => nn.parameter([2], () => Float32Array.of(1, NaN)),
      /got NaN at 1/,
    ],
    [
      "value",
      "a reduction that is not there",
      () => nn.crossEntropy(p(2, 3), tokens(2), { reduction: "sum" as "mean" }),
      /^crossEntropy: reduction, got "sum", expected "mean" or "none"/,
    ],
    [
      "value",
      "noGrad over an await",
      () => nn.noGrad(() => Promise.resolve(1)),
      /^noGrad, got an asynchronous function, expected one that returns at once \(await outside of it\)$/,
    ],
    [
      "memory",
      "a vocabulary of 2^24",
      () => nn.parameter([2 ** 24, 64], nn.normal(0.02)),
      /^parameter: does not fit on this device, got \[16777216, 64\] of 4096 MiB, expected at most 64 MiB \(make it smaller\)$/,
    ],
    [
      "memory",
      "state that does not fit beside the parameters",
      () => [p(2 ** 22, 3), nn.state([2 ** 22, 2], nn.zeros)],
      /^state: .* got \[4194304, 2\] of 32 MiB beside 48 MiB of others, expected at most 64 MiB/,
    ],
    ["memory", "numbers that do not fit", () => nn.arange(2 ** 29), /^arange: .* of 2048 MiB/],
    [
      "shape",
      "a table of all pairs",
      () => p(2 ** 17, 1).mul(p(1, 2 ** 17)),
      /^mul: too many elements, got \[131072, 131072\], expected under 2\^31$/,
    ],
    [
      "shape",
      "five axes",
      () => p(2, 1, 3, 1, 2).add(p(1, 2, 2, 4, 2)),
      /^add: shapes do not broadcast, got \[2, 1, 3, 1, 2\] and \[1, 2, 2, 4, 2\], expected sizes equal or 1/,
    ],
  ]);
});

describe("sizes", () => {
  it("a step that does not fit in memory", () => {
    const x = p(1024, 1024);
    let y = x.exp();
    for (let i = 0; i < 20; i++)
      y = nn
        .cat([y.matmul(x), x], 1)
        .matmul(nn.cat([x, x], 0))
        .tanh();
    void engine.readLater(
      nn.cat(
        Array.from({ length: 20 }, (_, i) => y.mul(i)),
        0,
      ),
    );
    const error = caught(() => {
      engine.flush();
    });
    expect(error.code).toBe("memory");
    expect(error.message).toMatch(
      /does not fit.*got .* MiB, expected at most 64.* MiB \(make the model or the batch smaller\)/,
    );
  });
  it("a tensor that no GPU addresses", () => {
    expect(caught(() => nn.full([2 ** 16, 2 ** 16], 1)).message).toMatch(
      /too many elements, got .*expected under 2\^31/,
    );
  });
});

it("a tensor larger than one binding of the device", async () => {
  const adapter = await (await testGpu()).requestAdapter();
  // The default limits of WebGPU: 128 MiB per binding.
  const small = await Engine.create({ device: await adapter!.requestDevice() });
  try {
    const x = nn.parameter([2 ** 12, 2 ** 5], nn.zeros);
    void small.readLater(x.matmul(nn.full([2 ** 5, 2 ** 13 + 64], 1)).sum(0));
    const error = caught(() => {
      small.flush();
    });
    expect(error.code).toBe("limit");
    expect(error.message).toMatch(
      /^matmul \[4096, 8256\]: too large for one binding of this device, got 129 MiB, expected at most 128 MiB \(make/,
    );
    await works(small);
  } finally {
    small.close();
  }
});

it("a lost device is reported, and another one still works", async () => {
  const doomed = await Engine.create({ gpu: await testGpu() });
  await works(doomed);
  const pending = doomed.readLater(nn.arange(3));
  doomed.flush();
  doomed.close();
  await pending.catch((error: unknown) => {
    expect(error).toBeInstanceOf(LabError);
  });
  expect(await doomed.onLost).toMatch(/GPU device lost/);
  doomed.activate();
  void doomed.readLater(nn.arange(4));
  const error = caught(() => {
    doomed.flush();
  });
  expect(error.code).toBe("device");
  expect(error.message).toMatch(/GPU device lost: .*reload the page/);
  await works(engine);
});
