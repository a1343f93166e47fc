// nn.kernel from train.ts to its score: values and gradients against the same from operations, export, bad texts.

import { beforeEach, describe, expect, it } from "vitest";
import { LabError } from "../../../error.ts";
import * as nn from "../../api.ts";
import { expectClose } from "../../kernels/testing/dispatch.ts";
import { loadGraph } from "../../forward/import-forward.ts";
import { readParameters, recordForward, type RecordedGraph } from "../../forward/export-forward.ts";
import { testEngine, valuesOf } from "../../testing/engine.ts";

const engine = await testEngine();
beforeEach(() => {
  engine.seed(5);
});

const run = (...tensors: nn.Tensor[]) => valuesOf(engine, ...tensors);

/** Mixes x[b, t, c] with the previous token at a rate per channel: y = x + rate (before - x). */
const lerpGrad = nn.kernel({
  name: "lerp-grad",
  inputs: { g: "f32", rate: "f32" },
  wgsl: `
    fn element(i: u32) -> f32 {
      let C = g_shape[2];
      let c = i % C;
      let t = i / C % g_shape[1];
      var sum = (1.0 - rate[c]) * g[i];
      if (t + 1u < g_shape[1]) { sum += rate[c] * g[i + C]; }
      return sum;
    }`,
});
const lerp = nn.kernel({
  name: "lerp",
  inputs: { x: "f32", rate: "f32" },
  wgsl: `
    fn before(i: u32, t: u32) -> f32 {
      if (t == 0u) { return 0.0; }
      return x[i - x_shape[2]];
    }
    fn element(i: u32) -> f32 {
      let t = i / x_shape[2] % x_shape[1];
      return x[i] + rate[i % x_shape[2]] * (before(i, t) - x[i]);
    }`,
  gradient: (g, { x, rate }) => ({
    x: lerpGrad(g, rate),
    rate: g.mul(x.shift(1, 1).sub(x)).sum(0).sum(0),
  }),
});
const lerpByOperations = (x: nn.Tensor, rate: nn.Tensor) => x.add(rate.mul(x.shift(1, 1).sub(x)));

/** Sums rows in a workgroup, by halving. */
const rowSums = nn.kernel({
  name: "row-sums",
  inputs: { x: "f32" },
  output: (x) => x.slice(0, 1),
  workgroup: 64,
  groups: (x) => x[0] ?? 1,
  wgsl: `
    var<workgroup> partial: array<f32, 64>;
    fn group(g: u32, lane: u32) {
      var sum = 0.0;
      for (var c = lane; c < x_shape[1]; c += 64u) { sum += x[g * x_shape[1] + c]; }
      partial[lane] = sum;
      for (var half = 32u; half > 0u; half /= 2u) {
        workgroupBarrier();
        if (lane < half) { partial[lane] += partial[lane + half]; }
      }
      if (lane == 0u) { y[g] = partial[0]; }
    }`,
  gradient: (g, { x }) => ({ x: g.view(-1, 1).expand(...x.shape) }),
});

describe("values and gradients", () => {
  it("are those of the same built of operations", async () => {
    const x = nn.parameter([2, 5, 3], nn.normal());
    const rate = nn.parameter([3], nn.uniform());
    const results: number[][][] = [];
    for (const f of [lerp, lerpByOperations]) {
      const y = f(x.mul(2), rate).tanh();
      y.square().sum().backward();
      results.push(await run(y, x.grad!, rate.grad!));
    }
    results[0]!.forEach((array, k) => {
      expectClose(array, results[1]![k]!, { rtol: 1e-5, atol: 1e-5 });
    });
  });
  it("a workgroup works together", async () => {
    const x = nn.parameter([3, 150], nn.normal());
    const y = rowSums(x);
    y.square().sum().backward();
    const grad = x.grad!;
    const [mine, theirs, mine2, theirs2] = await run(y, x.sum(1), grad, x.sum(1, true).mul(2).expand(3, 150));
    expectClose(mine!, theirs!, { atol: 1e-4 });
    expectClose(mine2!, theirs2!, { atol: 1e-4 });
  });
  it("tokens in, indices out", async () => {
    const pairs = nn.kernel({
      name: "pairs",
      inputs: { tokens: "u32" },
      dtype: "u32",
      wgsl: "fn element(i: u32) -> u32 { return select(0u, tokens[max(i, 1u) - 1u], i > 0u) * 10u + tokens[i]; }",
    });
    expect(await run(pairs(nn.tensor(Uint32Array.of(3, 1, 4))))).toEqual([[3, 31, 14]]);
  });
  it("elements that fn group does not write are zero, also in a reused buffer", async () => {
    const nothing = nn.kernel({
      name: "nothing",
      inputs: { x: "f32" },
      workgroup: 1,
      groups: () => 1,
      wgsl: "fn group(g: u32, lane: u32) { y[1] = y[0] + x[1]; }",
    });
    const x = nn.parameter([64], nn.ones);
    for (let i = 0; i < 3; i++) {
      const [y] = await run(nothing(x.mul(3).sin()).add(nothing(x.add(1))));
      expect(y!.map((value) => value !== 0).indexOf(true)).toBe(1);
      expect(y!.filter((value) => value !== 0).length).toBe(1);
    }
  });
  it("one tensor given twice, beside the result in memory", async () => {
    const product = nn.kernel({
      name: "product",
      inputs: { a: "f32", b: "f32" },
      wgsl: "fn element(i: u32) -> f32 { return a[i] * b[i]; }",
    });
    const x = nn.parameter([8, 8], nn.normal()).cumsum(0);
    const [got, expected] = await run(nn.cat([x, product(x, x)]), nn.cat([x, x.square()]));
    expectClose(got!, expected!, { atol: 1e-6 });
  });
  it("shapes are constants of the text: another shape is another kernel", async () => {
    for (const T of [2, 7]) {
      const x = nn.parameter([1, T, 4], nn.normal());
      const [a, b] = await run(lerp(x, nn.full([4], 0.3)), lerpByOperations(x, nn.full([4], 0.3)));
      expectClose(a!, b!, { atol: 1e-6 });
    }
  });
});

describe("travelling", () => {
  const model = () => {
    const table = nn.parameter([11, 6], nn.normal());
    const rate = nn.parameter([6], nn.uniform());
    return {
      table,
      rate,
      forward: (tokens: nn.Tensor) =>
        lerp(nn.embedding(table, tokens), rate).matmul(table, { transposeB: true }),
    };
  };
  it("the logits that are scored are the trainer's", async () => {
    const gpt = model();
    const tokens = engine.input([2, 5], "u32");
    tokens.set(Uint32Array.from({ length: 10 }, (_, i) => (i * 7) % 11));
    const [expected] = await run(gpt.forward(tokens));
    const recorded = recordForward(gpt, [2, 5]);
    const weights = await readParameters(engine, recorded);
    const forward = loadGraph(JSON.stringify(recorded.graph)).instantiate(engine, weights);
    expect(await run(forward(tokens))).toEqual([expected]);
  });
  const hostile: [string, Record<string, unknown>, RegExp][] = [
    ["a binding", { wgsl: "@group(0) @binding(0) var<storage> a: array<f32>;" }, /attributes/],
    ["a name with code in it", { inputs: "x:f32, rate:f32); fn main(" }, /bad name of an input/],
    ["an input more than there are", { inputs: "x:f32,rate:f32,z:f32" }, /number of inputs/],
    ["another element type", { inputs: "x:u32,rate:f32" }, /expected u32/],
    ["a kernel's name with code", { name: "a\n@" }, /bad name/],
    ["a giant workgroup", { workgroup: 1024, groups: 1 }, /an integer from 0 to 256/],
    [
      "groups without end",
      { workgroup: 256, groups: 2 ** 24, wgsl: "fn group(g: u32, lane: u32) {}" },
      /too much work/,
    ],
    ["loops without end", { loops: 2 ** 30 }, /too much work/],
    ["half a form", { workgroup: 64 }, /both, or none/],
    ["a text that is none", { wgsl: 7 }, /string/],
    ["a text too long", { wgsl: "a".repeat(20_000) }, /string of at most/],
    ["a huge result", { shape: [2 ** 16, 2 ** 16] }, /too many elements/],
  ];
  it.each(hostile)("hostile: %s", (_, change, message) => {
    const { graph } = recordForward(model(), [2, 5]);
    const loose = JSON.parse(JSON.stringify(graph)) as RecordedGraph;
    const node = loose.nodes.find(({ op }) => op === "kernel")!;
    Object.assign(node.attrs, change);
    expect(() => loadGraph(loose)).toThrow(LabError);
    expect(() => loadGraph(loose)).toThrow(message);
  });
});

describe("errors leave the engine usable", () => {
  const works = async () => {
    expect(await run(nn.full([2], 3).add(nn.arange(2)))).toEqual([[3, 4]]);
  };
  const faulty = nn.kernel({
    name: "faulty",
    inputs: { x: "f32" },
    wgsl: `
// a comment does not move the lines
fn element(i: u32) -> f32 {
  return x[i] + missing;
}`,
  });
  it("a fault of the text names the kernel and its line", async () => {
    const y = faulty(nn.parameter([4], nn.ones));
    await expect(run(y)).rejects.toThrow(
      /nn\.kernel faulty:3: unresolved value 'missing'.*return x\[i\] \+ missing/,
    );
    await works();
  });
  it("also when nothing was prepared: the fault is reported late, then forgotten", async () => {
    engine.readLater(faulty(nn.parameter([4], nn.ones))).catch(() => undefined);
    const messages: string[] = [];
    const attempt = async (call: () => unknown) => {
      try {
        await call();
      } catch (error) {
        expect(error).toBeInstanceOf(LabError);
        messages.push((error as LabError).message);
      }
    };
    await attempt(() => {
      engine.flush();
    });
    for (let i = 0; i < 4; i++) {
      await attempt(() => engine.settled(0));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(messages.join("\n")).toMatch(/nn\.kernel faulty:3: unresolved value/);
    await works();
  });
  it("every time it is flushed, as a fault of the text and nothing else", async () => {
    const late = async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      return engine.settled(0).then(
        () => "",
        (error: unknown) => (error as LabError).message,
      );
    };
    for (let i = 0; i < 3; i++) {
      engine.readLater(faulty(nn.full([4], 1))).catch(() => undefined);
      engine.flush();
      const told = [await late(), await late(), await late()].filter((message) => message !== "");
      expect(told[0], `flush ${i}`).toMatch(/nn\.kernel faulty:3: unresolved value/);
    }
    await works();
  });
  it("types that do not fit", async () => {
    const y = nn.kernel({
      name: "typed",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 {\n return 1u;\n}",
    })(nn.full([4], 1));
    await expect(run(y)).rejects.toThrow(/nn\.kernel typed:2: .*'u32'/);
    await works();
  });
  it("a wrong shape, type, number of inputs or gradient", async () => {
    const x = nn.parameter([4], nn.ones);
    const y = nn.tensor(Uint32Array.of(1));
    expect(() => lerp(x)).toThrow(/nn\.kernel lerp: number of inputs, got 1, expected 2: x, rate/);
    expect(() => lerp(x, y)).toThrow(/nn\.kernel lerp: rate, got u32, expected f32/);
    expect(() => {
      lerpGrad(x.view(1, 1, 4), x)
        .sum()
        .backward();
    }).toThrow(/lerp-grad: has no gradient/);
    const odd = nn.kernel({
      name: "odd",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { return x[i]; }",
      gradient: (g) => ({ x: g.sum() }),
    });
    expect(() => {
      odd(x).sum().backward();
    }).toThrow(/nn\.kernel odd: gradient of x, got \[\] f32, expected \[4\] f32/);
    engine.abandon();
    await works();
  });
  it("reading past the end is harmless", async () => {
    const wild = nn.kernel({
      name: "wild",
      inputs: { x: "f32" },
      wgsl: "fn element(i: u32) -> f32 { return x[i * 1000000u] * 0.0 + 1.0; }",
    });
    expect(await run(wild(nn.full([3], 2)))).toEqual([[1, 1, 1]]);
    await works();
  });
});
