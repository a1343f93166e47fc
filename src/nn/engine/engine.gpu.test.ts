// The life of an engine: cached plans, memory that does not grow, values across steps, errors that leave it usable.

import { describe, expect, it } from "vitest";
import { LabError } from "../../error.ts";
import * as nn from "../api.ts";
import { loadGraph } from "../forward/import-forward.ts";
import { readParameters, recordForward } from "../forward/export-forward.ts";
import { testEngine } from "../testing/engine.ts";
import { TinyGpt } from "../testing/model.ts";

const engine = await testEngine({ memoryLimit: 2 ** 26 });

async function run(...tensors: nn.Tensor[]): Promise<number[][]> {
  const results = tensors.map((tensor) => engine.readLater(tensor));
  engine.flush();
  return (await Promise.all(results)).map((array) => Array.from(array));
}

describe("plans", () => {
  it("are found again when only numbers and data change", async () => {
    const w = nn.parameter([3], nn.ones);
    const x = engine.input([3], "f32");
    const sgd = new nn.SGD([w], { lr: 0 });
    const before = engine.plans;
    const got: number[][] = [];
    for (let i = 0; i < 5; i++) {
      x.set(Float32Array.of(i, 2 * i, 1));
      const y = w.mul(x).mul(i + 0.5);
      y.sum().backward();
      sgd.step(1 / (i + 1));
      got.push((await run(y))[0]!);
    }
    expect(got).toEqual([0, 1, 2, 3, 4].map((i) => [i, 2 * i, 1].map((value) => value * (i + 0.5))));
    expect(engine.plans - before).toBe(1);
  });

  it("write parameters where they lie, with a changing schedule", async () => {
    const w = nn.parameter([5], nn.ones);
    const sgd = new nn.SGD([w], { lr: 0.1 });
    for (let i = 0; i < 3; i++) {
      w.sum().backward();
      sgd.step(i + 1);
      engine.flush();
    }
    const [values] = await engine.readParameters([w]);
    for (const value of values!) expect(value).toBeCloseTo(1 - 0.1 - 0.2 - 0.3, 6);
  });

  it("keep memory flat over 200 steps", async () => {
    const model = new TinyGpt({ vocab: 7, width: 8, layers: 1, heads: 2 });
    const optimizer = new nn.AdamW(nn.parameters(model));
    const [x, y] = [engine.input([2, 5], "u32"), engine.input([2, 5], "u32")];
    let settled = engine.memory();
    const plans = engine.plans;
    for (let i = 0; i < 200; i++) {
      x.set(Uint32Array.from({ length: 10 }, (_, k) => (k + i) % 7));
      y.set(Uint32Array.from({ length: 10 }, (_, k) => (k + i + 1) % 7));
      const loss = nn.crossEntropy(model.forward(x), y);
      loss.backward();
      optimizer.step();
      void engine.readLater(loss);
      engine.flush();
      if (i === 2) settled = engine.memory();
      if (i % 10 === 0) await engine.settled(2);
    }
    await engine.settled(0);
    expect(engine.memory()).toEqual(settled);
    expect(engine.plans - plans).toBe(1);
  }, 120_000);
});

describe("plans share buffers", () => {
  it("though an operation reads one tensor twice and writes beside it", async () => {
    const x = nn.tensor(
      Array.from({ length: 256 }, (_, i) => Math.sin(i)),
      [16, 16],
    );
    const first = x.cumsum(0);
    const [alone, product] = await run(first, first.matmul(first));
    const e = x.cumsum(0);
    const [joined] = await run(nn.cat([e, e.matmul(e)]));
    expect(joined).toEqual([...alone!, ...product!]);
  });
});

describe("persistent tensors", () => {
  it("assign affects only the operations recorded after it", async () => {
    const s = nn.state([2], Float32Array.of(1, 2));
    const before = s.mul(10);
    nn.assign(s, s.add(1));
    const after = s.mul(10);
    expect(await run(before, after, s)).toEqual([
      [10, 20],
      [20, 30],
      [2, 3],
    ]);
    expect(await run(s)).toEqual([[2, 3]]);
  });
  it("can be swapped", async () => {
    const [a, b] = [nn.state([3], nn.ones), nn.state([3], nn.constant(2))];
    const old = a.add(0);
    nn.assign(a, b);
    nn.assign(b, old);
    engine.flush();
    expect(await run(a, b)).toEqual([
      [2, 2, 2],
      [1, 1, 1],
    ]);
  });
  it("keep their values when an optimizer takes them over", async () => {
    const [a, b] = [nn.parameter([3], nn.constant(4)), nn.parameter([2], nn.constant(5))];
    expect(await run(a.add(1), b)).toEqual([
      [5, 5, 5],
      [5, 5],
    ]);
    nn.assign(a, a.mul(2));
    engine.flush();
    const optimizer = new nn.AdamW([b, a], { lr: 0, weightDecay: 0 });
    a.sum().add(b.sum()).backward();
    optimizer.step();
    engine.flush();
    expect(await run(a, b)).toEqual([
      [8, 8, 8],
      [5, 5],
    ]);
  });
  it("old values outlive the optimizer's step that overwrites them", async () => {
    const w = nn.parameter([70], nn.ones);
    const v = nn.parameter([3], nn.ones);
    const optimizer = new nn.SGD([w, v], { lr: 0.25 });
    const old = w.detach();
    const doubled = w.mul(2);
    w.mul(2).sum().add(v.sum()).backward();
    optimizer.step();
    const [before, mixed, after] = await run(old, w.add(doubled), w);
    expect([before![69], mixed![69], after![69]]).toEqual([1, 2.5, 0.5]);
  });
  it("two updates in one step: up the gradient, then down from the start by the gradient found there", async () => {
    const w = nn.parameter([4], nn.constant(3));
    const sgd = new nn.SGD([w], { lr: 0.1 });
    for (let i = 0; i < 2; i++) {
      const start = w.detach();
      w.square().sum().backward();
      sgd.step(-1);
      w.square().sum().backward();
      const g = w.grad;
      nn.assign(w, start);
      w.grad = g;
      sgd.step();
      engine.flush();
    }
    let x = 3;
    for (let i = 0; i < 2; i++) x -= 0.1 * 2 * (x + 0.1 * 2 * x);
    const [values] = await engine.readParameters([w]);
    expect(values![0]).toBeCloseTo(x, 5);
  });
  it("an optimizer written from tensor operations", async () => {
    const w = nn.parameter([4], nn.constant(2));
    const m = nn.state([4], nn.zeros);
    for (let i = 0; i < 3; i++) {
      w.square().sum().backward();
      nn.assign(m, m.mul(0.5).add(w.grad!));
      nn.assign(w, w.sub(m.mul(0.1)));
      engine.flush();
    }
    let [x, mean] = [2, 0];
    for (let i = 0; i < 3; i++) {
      mean = 0.5 * mean + 2 * x;
      x -= 0.1 * mean;
    }
    const [values] = await engine.readParameters([w]);
    expect(values![3]).toBeCloseTo(x, 5);
  });
  it("item and data look at a value in the middle of a step and change nothing", async () => {
    const w = nn.parameter([2], nn.ones);
    const sgd = new nn.SGD([w], { lr: 1 });
    const loss = w.square().sum();
    loss.backward();
    sgd.step();
    expect(await loss.item()).toBe(2);
    expect(Array.from(await w.data())).toEqual([-1, -1]);
    expect((await engine.readParameters([w]))[0]).toEqual(Float32Array.of(1, 1));
    engine.flush();
    expect((await engine.readParameters([w]))[0]).toEqual(Float32Array.of(-1, -1));
  });
  it("gradients accumulate over several backward and are clipped together", async () => {
    const w = nn.parameter([2], nn.ones);
    const v = nn.parameter([3], nn.ones);
    w.sum().backward();
    w.mul(2).sum().add(v.sum()).backward();
    const norm = nn.clipGradNorm([w, v], 1);
    const [n, gw, gv] = await run(norm, w.grad!, v.grad!);
    expect(n![0]).toBeCloseTo(Math.sqrt(9 * 2 + 3), 5);
    expect(gw![0]).toBeCloseTo(3 / Math.sqrt(21), 5);
    expect(gv![2]).toBeCloseTo(1 / Math.sqrt(21), 5);
    expect(w.grad).toBeNull();
  });
  it("gradients read before they are clipped are those before", async () => {
    const w = nn.parameter([64], nn.ones);
    const v = nn.parameter([64], nn.ones);
    w.sum().add(v.square().sum()).backward();
    const before = [w.grad!, v.grad!];
    nn.clipGradNorm([w, v], 1);
    const [gw, gv, cw, cv] = await run(...before, w.grad!, v.grad!);
    const norm = Math.sqrt(64 + 4 * 64);
    expect([gw![0], gv![0]]).toEqual([1, 2]);
    expect(cw![0]).toBeCloseTo(1 / norm, 5);
    expect(cv![0]).toBeCloseTo(2 / norm, 5);
  });
  it("values of an earlier step are recomputed, or refused when they would differ", async () => {
    const mask = nn.arange(4).ge(2);
    const w = nn.parameter([4], nn.ones);
    const y = w.mul(mask);
    expect(await run(y)).toEqual([[0, 0, 1, 1]]);
    expect(await run(y.add(mask))).toEqual([[0, 0, 2, 2]]);
    nn.assign(w, w.mul(3));
    engine.flush();
    expect(await run(w.mul(mask))).toEqual([[0, 0, 3, 3]]);
    expect(() => y.add(1)).toThrow(/earlier step/);
  });
});

describe("a forward pass as data", () => {
  it("gives the same logits on another engine's graph", async () => {
    const model = new TinyGpt({ vocab: 11, width: 8, layers: 2, heads: 2, tied: true });
    const x = engine.input([2, 6], "u32");
    x.set(Uint32Array.from({ length: 12 }, (_, i) => (i * 7) % 11));
    const [expected] = await run(model.forward(x));
    const recorded = recordForward(model, [2, 6]);
    const weights = await readParameters(engine, recorded);
    const forward = loadGraph(JSON.stringify(recorded.graph)).instantiate(engine, weights);
    expect(await run(forward(x))).toEqual([expected]);
  });
});

describe("errors leave the engine usable", () => {
  const works = async () => {
    expect(await run(nn.full([2], 3).add(nn.arange(2)))).toEqual([[3, 4]]);
  };
  it("shapes that do not fit", async () => {
    const a = nn.parameter([2, 3], nn.ones);
    expect(() => a.matmul(a)).toThrow(/matmul: inner sizes differ, got \[2, 3\] × \[2, 3\], expected 3 = 2/);
    expect(() => a.add(nn.arange(2))).toThrow(/do not broadcast/);
    await works();
  });
  it("element types that do not fit", async () => {
    const tokens = nn.tensor(Uint32Array.of(1, 2), [1, 2]);
    expect(() => tokens.matmul(nn.parameter([2, 2], nn.ones))).toThrow(/matmul: wrong element type, got u32/);
    await works();
  });
  it("a model too large for the device is refused before anything is allocated", async () => {
    const x = nn.parameter([1024, 64], nn.ones);
    const before = engine.memory();
    const y = x.matmul(x, { transposeB: true }).exp();
    const z = y.matmul(y).matmul(y).matmul(y);
    void engine.readLater(z.matmul(nn.full([1024, 9000], 1)));
    expect(() => {
      engine.flush();
    }).toThrow(LabError);
    expect(engine.memory()).toEqual(before);
    await works();
  });
  it("a loss without parameters", async () => {
    expect(() => {
      nn.arange(3).sum().backward();
    }).toThrow(/no parameter leads/);
    await works();
  });
});
