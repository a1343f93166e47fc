import { expect, test } from "vitest";
import { unaryOf } from "../wgsl/expression.ts";
import { adamW, lion, sgd, sumSquares } from "./optimizers.ts";
import {
  expectClose,
  openTestDevice,
  runKernel,
  runKernels,
  testValues,
  type TestArray,
} from "../testing/dispatch.ts";

const { capabilities: caps } = await openTestDevice();
const ROOT = unaryOf("sqrt");

test.each([7, 300])("ten AdamW steps over %i parameters follow float64", async (count) => {
  const [lr, beta1, beta2, epsilon, decay] = [0.01, 0.9, 0.999, 1e-8, 0.1];
  let state: TestArray[] = [
    testValues(count),
    new Float32Array(count),
    new Float32Array(count),
    new Float32Array(count),
  ];
  const wanted = { p: Float64Array.from(state[0]!), m: new Float64Array(count), v: new Float64Array(count) };
  for (let t = 1; t <= 10; t++) {
    const g = testValues(count, t, 0.1);
    g[0] = 0; // no gradient: only weight decay changes it
    const [c1, c2] = [1 / (1 - beta1 ** t), 1 / (1 - beta2 ** t)];
    const numbers = [lr, 1 - beta1, 1 - beta2, epsilon, decay, c1, c2];
    state = await runKernel(adamW(caps, { count }), [state[0]!, g, state[2]!, state[3]!], numbers);
    for (let i = 0; i < count; i++) {
      wanted.m[i] = beta1 * wanted.m[i]! + (1 - beta1) * g[i]!;
      wanted.v[i] = beta2 * wanted.v[i]! + (1 - beta2) * g[i]! ** 2;
      const step = (wanted.m[i]! * c1) / (Math.sqrt(wanted.v[i]! * c2) + epsilon);
      wanted.p[i]! -= lr * (step + decay * wanted.p[i]!);
    }
  }
  expectClose(state[0]!, wanted.p, { rtol: 2e-6, atol: 1e-6, what: "p" });
  expectClose(state[2]!, wanted.m, { rtol: 1e-5, atol: 1e-8, what: "m" });
  expectClose(state[3]!, wanted.v, { rtol: 1e-5, atol: 1e-9, what: "v" });
});

test.each([7, 64])("updates over %i parameters scale gradients as they read them", async (count) => {
  const [p, g, m] = [testValues(count), testValues(count, 2), testValues(count, 3)];
  const v = testValues(count, 4).map(Math.abs);
  const scale = 0.375; // exact, so that both ways round alike
  for (const [make, tensors, numbers] of [
    [adamW, [p, g, m, v], [0.01, 0.1, 0.001, 1e-8, 0.1, 2, 3]],
    [lion, [p, g, m], [0.01, 0.1, 0.01, 0.1]],
    [(c, shape) => sgd(c, { ...shape, momentum: false }), [p, g], [0.1, 0.9, 0.1]],
    [(c, shape) => sgd(c, { ...shape, momentum: true }), [p, g, m], [0.1, 0.9, 0.1]],
    [(c, shape) => sgd(c, { ...shape, momentum: true, nesterov: true }), [p, g, m], [0.1, 0.9, 0.1]],
  ] as [typeof adamW, Float32Array[], number[]][]) {
    const before = tensors.map((tensor, i) => (i === 1 ? tensor.map((x) => x * scale) : tensor));
    const wanted = await runKernel(make(caps, { count }), before, numbers);
    const got = await runKernel(make(caps, { count, scaled: true }), [...tensors, [scale]], numbers);
    for (const i of tensors.keys()) if (i !== 1) expectClose(got[i]!, wanted[i]!, { rtol: 2e-6, atol: 1e-7 });
  }
});

test.each([5, 64])("Lion over %i parameters", async (count) => {
  const [p, g, m] = [testValues(count), testValues(count, 2), testValues(count, 3)];
  const [lr, beta1, beta2, decay] = [0.03, 0.9, 0.99, 0.1];
  const [p1, , m1] = await runKernel(lion(caps, { count }), [p, g, m], [lr, 1 - beta1, 1 - beta2, decay]);
  const step = (i: number): number => Math.sign(beta1 * m[i]! + (1 - beta1) * g[i]!);
  expectClose(
    p1!,
    Array.from(p, (v, i) => v - lr * (step(i) + decay * v)),
  );
  expectClose(
    m1!,
    Array.from(m, (v, i) => beta2 * v + (1 - beta2) * g[i]!),
  );
});

test.each([{ momentum: false }, { momentum: true }, { momentum: true, nesterov: true }])(
  "SGD %o",
  async (kind) => {
    for (const count of [5, 64]) {
      const [p, g, m] = [testValues(count), testValues(count, 2), testValues(count, 3)];
      const [lr, mu, decay] = [0.1, 0.95, 0.01];
      const own = kind.momentum ? [p, g, m] : [p, g];
      const [p1, , m1] = await runKernel(sgd(caps, { count, ...kind }), own, [lr, mu, decay]);
      const mean = Array.from(m, (v, i) => mu * v + g[i]!);
      const step = kind.momentum
        ? mean.map((v, i) => ("nesterov" in kind ? g[i]! + mu * v : v))
        : Array.from(g);
      expectClose(
        p1!,
        Array.from(p, (v, i) => v - lr * (step[i]! + decay * v)),
      );
      if (kind.momentum) expectClose(m1!, mean);
    }
  },
);

test("sums of squares and norms, of one long row and of a batch", async () => {
  for (const [batch, count] of [
    [1, 1],
    [1, 100_003],
    [3, 50],
  ] as const) {
    const x = testValues(batch * count);
    const passes = sumSquares(caps, { count, batch, epilogue: ROOT });
    expect(passes.length).toBe(count > 1000 ? 2 : 1);
    const steps = passes.map((kernel, i) => ({
      kernel,
      slots: passes.length === 1 ? [0, 1] : i === 0 ? [0, 2] : [2, 1],
    }));
    const results = await runKernels(steps, [x, batch, passes[0]!.results]);
    const wanted = Array.from({ length: batch }, (_, b) =>
      Math.sqrt(x.slice(b * count, (b + 1) * count).reduce((sum, v) => sum + v * v, 0)),
    );
    expectClose(results[1]!, wanted, { rtol: 1e-6 });
  }
});
