// Calls every function of the module "nn" and every method of a tensor, with one argument at a time replaced by a
// typical mistake: the call works or throws an error of one line, and the next step runs normally.

import { beforeEach, describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import * as nn from "../api.ts";
import { Session } from "../index.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { showValue } from "../values/show-value.ts";

const session = new Session(new ReferenceBackend());
beforeEach(() => {
  session.reset();
  session.activate();
});

/** Runs a step with a known result. */
async function works(): Promise<void> {
  const w = nn.parameter([3], nn.ones);
  const sgd = new nn.SGD([w], { lr: 0.5 });
  w.sum().backward();
  sgd.step();
  const read = session.readLater(w.add(1));
  session.flush();
  expect(Array.from(await read)).toEqual([1.5, 1.5, 1.5]);
}

const p = (...shape: number[]) => nn.parameter(shape, nn.ones);
const u = (...shape: number[]) => nn.tensor(new Uint32Array(shape.reduce((a, b) => a * b, 1)), shape);
const kernel = {
  name: "twice",
  inputs: { x: "f32" },
  wgsl: "fn element(i: u32) -> f32 { return 2 * x[i]; }",
};

/** Valid arguments of each function, made anew for each call. */
const functions: Record<string, () => readonly unknown[]> = {
  arange: () => [3],
  argmax: () => [p(2, 3), 1],
  assign: () => [p(2), p(2)],
  attention: () => [p(1, 4, 2, 2), p(1, 4, 2, 2), p(1, 4, 2, 2), { window: 2, scale: 1 }],
  cat: () => [[p(2, 3), p(2, 3)], 1],
  categorical: () => [p(2, 3)],
  causalConv: () => [p(1, 4, 2), p(2, 2)],
  causalMask: () => [4, 2],
  clipGradNorm: () => [[p(2)], 1],
  constant: () => [1],
  crossEntropy: () => [p(2, 3), u(2), { reduction: "none", softcap: 5 }],
  dropout: () => [p(2), 0.5],
  embedding: () => [p(3, 2), u(2)],
  full: () => [[2, 3], 1],
  gather: () => [p(2, 3), 1, u(2, 1)],
  kernel: () => [kernel],
  layerNorm: () => [p(2, 3), p(3), p(3), 1e-5],
  logSoftmax: () => [p(2, 3), 1],
  logsumexp: () => [p(2, 3), 1, true],
  matmul: () => [p(2, 3), p(2, 3), { transposeA: false, transposeB: true }],
  namedParameters: () => [{ w: p(2) }],
  noGrad: () => [() => 1],
  normal: () => [1],
  oneHot: () => [u(2), 3],
  ones: () => [[2], { normal: () => 0, uniform: () => 0 }],
  orthogonal: () => [1],
  parameter: () => [[2, 3], nn.ones],
  parameters: () => [{ w: p(2) }],
  precision: () => ["mixed"],
  random: () => [[2], "normal"],
  rmsNorm: () => [p(2, 3), p(3), 1e-5],
  roll: () => [p(2, 3), 1, 1],
  rope: () => [p(1, 4, 2, 2), { base: 100 }],
  scatterAdd: () => [p(2, 3), 1, u(2, 3), 4],
  shift: () => [p(2, 3), 1, 1],
  softmax: () => [p(2, 3), 1],
  stack: () => [[p(2), p(2)], 0],
  state: () => [[2, 3], nn.ones],
  swiglu: () => [p(2, 4), p(2, 4)],
  tensor: () => [
    [1, 2, 3, 4],
    [2, 2],
  ],
  tril: () => [p(3, 3), 1],
  triu: () => [p(3, 3), 1],
  uniform: () => [1],
  where: () => [p(2), p(2), 1],
  zeros: () => [[2], { normal: () => 0, uniform: () => 0 }],
};
const classes: Record<string, () => readonly unknown[]> = {
  AdamW: () => [[p(2)], { lr: 1, betas: [0.9, 0.9], eps: 1e-8, weightDecay: 0 }],
  Lion: () => [[p(2)], { lr: 1, betas: [0.9, 0.9], weightDecay: 0 }],
  Muon: () => [[p(2, 2)], { lr: 1, momentum: 0.9, nesterov: true, steps: 5, weightDecay: 0 }],
  SGD: () => [[p(2)], { lr: 1, momentum: 0.9, nesterov: true, weightDecay: 0 }],
};
const mistakes: readonly unknown[] = [
  undefined,
  null,
  NaN,
  Infinity,
  -1,
  0,
  0.5,
  2 ** 40,
  "x",
  true,
  () => 1,
  {},
  [],
  [[1]],
  [undefined],
  Symbol("s"),
  3n,
  new Float32Array(2),
  [1, NaN],
  { lr: 1, learningRate: 2 },
];

const noArguments = (): readonly unknown[] => [];

/** Makes the call: it must return valid tensors, or throw a LabError of one line. */
function attempt(what: string, call: () => unknown): void {
  let result: unknown;
  try {
    result = call();
    for (const tensor of [result].flat()) if (tensor instanceof nn.Tensor) checkTensor(what, tensor);
  } catch (error) {
    if (!(error instanceof LabError)) throw new Error(what, { cause: error });
    expect(error.code, `${what}: ${error.message}`).not.toBe("internal");
    expect(error.message, what).not.toMatch(/\n|\[object/);
    expect(
      error.detail.got ?? error.detail.hint ?? error.detail.expected,
      `${what}: ${error.message}`,
    ).toEqual(expect.any(String));
  }
}
function checkTensor(what: string, tensor: nn.Tensor): void {
  for (const size of tensor.shape)
    if (!Number.isInteger(size) || size < 1) throw new Error(`${what}: ${tensor.shape.join()}`);
}

/** Valid arguments of the methods of a tensor [2, 3]. */
const methods: Record<string, () => readonly unknown[]> = {
  ...Object.fromEntries(
    ["add", "sub", "mul", "div", "pow", "maximum", "minimum", "eq", "ne", "lt", "le", "gt", "ge"].map(
      (name) => [name, () => [p(2, 3)]],
    ),
  ),
  ...Object.fromEntries(["sum", "mean", "max", "min", "logsumexp"].map((name) => [name, () => [1, true]])),
  argmax: () => [1],
  clamp: () => [0, 1],
  cumsum: () => [1],
  expand: () => [4, 2, 3],
  gather: () => [1, u(2, 1)],
  logSoftmax: () => [1],
  matmul: () => [p(3, 2), {}],
  narrow: () => [1, 1, 1],
  pad: () => [1, 1, 1],
  permute: () => [1, 0],
  roll: () => [1, 1],
  shift: () => [1, 1],
  softcap: () => [1],
  transpose: () => [0, 1],
  view: () => [3, 2],
};
/** The methods without arguments. */
const PLAIN =
  /^(neg|exp|log|sqrt|rsqrt|reciprocal|tanh|sigmoid|relu|square|abs|sign|sin|cos|erf|floor|gelu|silu|float|uint|detach|backward|item|data)$/;
type Call = (...args: readonly unknown[]) => unknown;
type Make = new (...args: readonly unknown[]) => object;

function everyMistake(what: string, make: () => readonly unknown[], call: Call): void {
  expect(() => call(...make()), what).not.toThrow();
  for (let i = 0; i < make().length; i++)
    for (const mistake of mistakes) {
      const args = make().map((good, j) => (i === j ? mistake : good));
      attempt(`${what} with ${showValue(mistake)} as argument ${i}`, () => call(...args));
      session.abandon();
    }
}

describe("mistaken arguments", () => {
  it.each(Object.keys(functions))("nn.%s", async (name) => {
    everyMistake(
      name,
      functions[name] ?? noArguments,
      (nn as unknown as Record<string, Call>)[name] ?? noArguments,
    );
    await works();
  });
  it.each(Object.keys(classes))("new nn.%s", async (name) => {
    const made = (nn as unknown as Record<string, Make>)[name] ?? Object;
    everyMistake(name, classes[name] ?? noArguments, (...args) => new made(...args));
    await works();
  });
  it.each(Object.keys(methods))("x.%s", async (name) => {
    everyMistake(`x.${name}`, methods[name] ?? noArguments, (...args) => {
      const x = p(2, 3);
      return (x as unknown as Record<string, Call>)[name]?.apply(x, args as unknown[]);
    });
    await works();
  });
  it("leave out no function and no method", () => {
    const exported = Object.entries(nn).flatMap(([name, value]) =>
      typeof value === "function" ? [name] : [],
    );
    // `scoring` takes no argument.
    const without = ["scoring"];
    expect([...Object.keys(functions), ...Object.keys(classes), ...without, "Tensor"].sort()).toEqual(
      exported.sort(),
    );
    const all = Object.entries(Object.getOwnPropertyDescriptors(nn.Tensor.prototype)).flatMap(
      ([name, { value }]) =>
        typeof value === "function" && name !== "constructor" && !PLAIN.test(name) ? [name] : [],
    );
    expect(Object.keys(methods).sort()).toEqual(all.sort());
  });
});
