// Steps of the optimizers on the GPU, against their formulas in float64.

import { expect, it } from "vitest";
import * as nn from "../api.ts";
import { expectClose, testValues } from "../kernels/testing/dispatch.ts";
import { testEngine } from "../testing/engine.ts";

const engine = await testEngine();

const STEPS = 10;
const schedule = (step: number) => 1 - step / 20;
type Shape = readonly number[];
const count = (shape: Shape) => shape.reduce((a, b) => a * b, 1);

interface Optimizer {
  step(scale?: number): void;
}

/** Values after STEPS steps with given gradients: the loss is Σ w g. */
async function train(
  shapes: readonly Shape[],
  make: (params: nn.Tensor[]) => Optimizer,
): Promise<Float32Array[]> {
  const params = shapes.map((shape, k) => nn.parameter(shape, testValues(count(shape), k + 1)));
  const gradients = shapes.map((shape) => engine.input(shape, "f32"));
  const optimizer = make(params);
  for (let step = 0; step < STEPS; step++) {
    gradients.forEach((input, k) => {
      input.set(gradientOf(shapes[k]!, k, step));
    });
    params
      .map((p, k) => p.mul(gradients[k]!).sum())
      .reduce((a, b) => a.add(b))
      .backward();
    optimizer.step(schedule(step));
    engine.flush();
  }
  return engine.readParameters(params);
}
function gradientOf(shape: Shape, k: number, step: number): Float32Array {
  return testValues(count(shape), 100 + 10 * step + k);
}

/** The same in float64, one element at a time; `rule` keeps its state in `memory`. */
function expected(
  shapes: readonly Shape[],
  rule: (p: number, g: number, memory: number[], step: number) => number,
): Float64Array[] {
  return shapes.map((shape, k) =>
    Float64Array.from(testValues(count(shape), k + 1), (start, i) => {
      const memory = [0, 0];
      let p = start;
      for (let step = 0; step < STEPS; step++) p = rule(p, gradientOf(shape, k, step)[i]!, memory, step);
      return p;
    }),
  );
}

const shapes = [[5, 3], [7], [2, 2, 9]] as const;

const cases: [string, (params: nn.Tensor[]) => Optimizer, Parameters<typeof expected>[1]][] = [
  [
    "SGD with decay",
    (params) => new nn.SGD(params, { lr: 0.1, weightDecay: 0.2 }),
    (p, g, _, step) => p - 0.1 * schedule(step) * (g + 0.2 * p),
  ],
  [
    "SGD with momentum",
    (params) => new nn.SGD(params, { lr: 0.1, momentum: 0.9 }),
    (p, g, m, step) => {
      m[0] = 0.9 * m[0]! + g;
      return p - 0.1 * schedule(step) * m[0];
    },
  ],
  [
    "SGD with Nesterov's momentum",
    (params) => new nn.SGD(params, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.1 }),
    (p, g, m, step) => {
      m[0] = 0.9 * m[0]! + g;
      return p - 0.1 * schedule(step) * (g + 0.9 * m[0] + 0.1 * p);
    },
  ],
  [
    "Lion",
    (params) => new nn.Lion(params, { lr: 0.01, betas: [0.9, 0.99], weightDecay: 0.1 }),
    (p, g, m, step) => {
      const direction = Math.sign(0.9 * m[0]! + 0.1 * g);
      m[0] = 0.99 * m[0]! + 0.01 * g;
      return p - 0.01 * schedule(step) * (direction + 0.1 * p);
    },
  ],
  [
    "AdamW",
    (params) => new nn.AdamW(params, { lr: 0.01, betas: [0.9, 0.99], eps: 1e-8, weightDecay: 0.1 }),
    (p, g, m, step) => {
      m[0] = 0.9 * m[0]! + 0.1 * g;
      m[1] = 0.99 * m[1]! + 0.01 * g * g;
      const direction = m[0] / (1 - 0.9 ** (step + 1)) / (Math.sqrt(m[1] / (1 - 0.99 ** (step + 1))) + 1e-8);
      return p - 0.01 * schedule(step) * (direction + 0.1 * p);
    },
  ],
  [
    "an optimizer written in train.ts: sign of momentum, with cautious masking",
    (params) => new Cautious(params),
    (p, g, m, step) => {
      m[0] = 0.8 * m[0]! + 0.2 * g;
      return p - 0.02 * schedule(step) * Math.sign(m[0]) * (m[0] * g > 0 ? 1 : 0);
    },
  ],
];

/** An optimizer as a researcher writes one: with state, assign, and schedules as numbers. */
class Cautious {
  readonly params: readonly nn.Tensor[];
  readonly momentum: readonly nn.Tensor[];
  constructor(params: readonly nn.Tensor[]) {
    this.params = params;
    this.momentum = params.map((p) => nn.state(p.shape, nn.zeros));
  }
  step(scale = 1): void {
    nn.noGrad(() => {
      this.params.forEach((p, i) => {
        const m = this.momentum[i]!;
        const g = p.grad!;
        nn.assign(m, m.mul(0.8).add(g.mul(0.2)));
        nn.assign(
          p,
          p.sub(
            m
              .sign()
              .mul(m.mul(g).gt(0))
              .mul(0.02 * scale),
          ),
        );
        p.grad = null;
      });
    });
  }
}

it.each(cases)("%s", async (_, make, rule) => {
  const plans = engine.plans;
  const got = await train(shapes, make);
  expect(engine.plans - plans, "a changing schedule is not another plan").toBe(1);
  expected(shapes, rule).forEach((values, k) => {
    expectClose(got[k]!, values, { rtol: 2e-5, atol: 2e-5, what: `parameter ${k}` });
  });
});

it("Muon: matrices and stacks of matrices [n, in, out], each orthogonalised by itself", async () => {
  const matrices = [
    [3, 5],
    [2, 3, 5],
    [4, 4],
  ] as const;
  const got = await train(matrices, (params) => new nn.Muon(params, { lr: 0.05, weightDecay: 0.1 }));
  matrices.forEach((shape, k) => {
    const [rows = 1, columns = 1] = shape.slice(-2);
    const p = Float64Array.from(testValues(count(shape), k + 1));
    const m = new Float64Array(p.length);
    for (let step = 0; step < STEPS; step++) {
      const g = gradientOf(shape, k, step);
      g.forEach((value, i) => (m[i] = 0.95 * m[i]! + 0.05 * value));
      const direction = m.map((value, i) => 0.95 * value + 0.05 * g[i]!);
      for (let start = 0; start < p.length; start += rows * columns) {
        const o = newtonSchulz(direction.slice(start, start + rows * columns), rows, columns);
        const lr = 0.05 * schedule(step);
        o.forEach((value, i) => {
          const at = start + i;
          p[at] = p[at]! - lr * (Math.sqrt(Math.max(1, columns / rows)) * value + 0.1 * p[at]!);
        });
      }
    }
    expectClose(got[k]!, p, { rtol: 5e-4, atol: 5e-4, what: `parameter ${k}` });
  });
});

/** Five quintic steps on one matrix. */
function newtonSchulz(x: Float64Array, rows: number, columns: number): Float64Array {
  const norm = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0)) + 1e-7;
  let y = x.map((value) => value / norm);
  for (let i = 0; i < 5; i++) {
    const gram = product(y, transpose(y, rows, columns), rows, columns, rows);
    const square = product(gram, gram, rows, rows, rows);
    const mix = gram.map((value, k) => -4.775 * value + 2.0315 * square[k]!);
    const mixed = product(mix, y, rows, rows, columns);
    y = y.map((value, k) => 3.4445 * value + mixed[k]!);
  }
  return y;
}
function transpose(x: Float64Array, rows: number, columns: number): Float64Array {
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]!);
}
function product(a: Float64Array, b: Float64Array, m: number, k: number, n: number): Float64Array {
  return Float64Array.from({ length: m * n }, (_, i) => {
    let sum = 0;
    for (let l = 0; l < k; l++) sum += a[Math.floor(i / n) * k + l]! * b[l * n + (i % n)]!;
    return sum;
  });
}

it("Muon refuses a tensor that is not a matrix", () => {
  expect(() => new nn.Muon([nn.parameter([3], nn.ones)])).toThrow(
    /Muon: only matrices, got \[3\], expected \[in, out\]/,
  );
});

it("gradients of several backward() add up, and are clipped by their common norm", async () => {
  const w = nn.parameter([6], nn.ones);
  const v = nn.parameter([2, 4], nn.ones);
  const sgd = new nn.SGD([w, v], { lr: 1 });
  const norms: Promise<ArrayLike<number>>[] = [];
  let [a, b] = [1, 1];
  for (let step = 0; step < 3; step++) {
    for (let micro = 0; micro < 4; micro++) w.square().sum().add(v.sum().mul(micro)).div(4).backward();
    norms.push(engine.readLater(nn.clipGradNorm([w, v], 2)));
    sgd.step();
    engine.flush();
    const [ga, gb] = [2 * a, (0 + 1 + 2 + 3) / 4];
    const norm = Math.sqrt(6 * ga * ga + 8 * gb * gb);
    expect((await norms[step]!)[0]).toBeCloseTo(norm, 4);
    const scale = Math.min(1, 2 / (norm + 1e-6));
    a -= scale * ga;
    b -= scale * gb;
  }
  const [gotW, gotV] = await engine.readParameters([w, v]);
  expectClose(gotW!, new Array<number>(6).fill(a), { atol: 1e-5 });
  expectClose(gotV!, new Array<number>(8).fill(b), { atol: 1e-5 });
});
