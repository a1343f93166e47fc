// Errors that appear only when a step is planned, and still name the line of train.ts at fault: a tensor that fills the
// memory, a tensor too large for a binding, a kernel whose text does not compile.

import { runInThisContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LabError } from "../../error.ts";
import * as nn from "../api.ts";
import { Engine, type EngineOptions } from "./engine.ts";
import { testGpu } from "../kernels/testing/dispatch.ts";
import { loadGraph } from "../forward/import-forward.ts";
import { readParameters, recordForward } from "../forward/export-forward.ts";
import * as trace from "../values/source-line.ts";

const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.close();
});

async function open(options: EngineOptions = {}): Promise<Engine> {
  const given = options.device ? {} : { gpu: await testGpu() };
  const engine = await Engine.create({ source: "train.ts", ...given, ...options });
  engines.push(engine);
  return engine;
}

/** A device with the limits that every WebGPU device has: 128 MiB a binding, 8 storage buffers. */
async function small(): Promise<GPUDevice> {
  const adapter = await (await testGpu()).requestAdapter();
  return adapter!.requestDevice();
}

type Script = (api: typeof nn, later: (tensor: nn.Tensor) => void) => void;
/** Runs a text as train.ts; its first line is line 1. */
function train(on: Engine, text: string): void {
  on.activate();
  const script = runInThisContext(`(nn, later) => {${text}}`, { filename: "train.ts" }) as Script;
  script(nn, (tensor) => void on.readLater(tensor));
}

/** Returns the error of flush or prepare; checks that the engine trains a step afterwards. */
async function wrong(on: Engine, how: "flush" | "prepare", text: string): Promise<LabError> {
  train(on, text);
  let error: unknown;
  try {
    if (how === "prepare") await on.prepare();
    else on.flush();
  } catch (thrown) {
    error = thrown;
  }
  await works(on);
  expect(error).toBeInstanceOf(LabError);
  expect((error as LabError).message).not.toMatch(/\n/);
  expect((error as LabError).message.length, "fits into the reason of a verdict").toBeLessThan(400);
  return error as LabError;
}

async function works(on: Engine): Promise<void> {
  on.reset();
  on.activate();
  const w = nn.parameter([3], nn.ones);
  const adam = new nn.AdamW([w], { lr: 0.5, weightDecay: 0 });
  w.square().sum().backward();
  adam.step();
  const read = on.readLater(w);
  await on.prepare();
  expect((await read)[0]).toBeCloseTo(0.5, 3);
  on.reset();
}

describe.each(["flush", "prepare"] as const)("told by %s", (how) => {
  it("memory: the largest tensors at the peak, and the line of the largest", async () => {
    const error = await wrong(
      await open({ memoryLimit: 2 ** 25 }),
      how,
      `const x = nn.parameter([512, 512], nn.ones);
      const wide = nn.parameter([512, 4096], nn.zeros);
      const y = x.tanh()
        .matmul(nn.cat([wide, wide.exp()], 1))
        .exp();
      const z = y.add(y.sum(0, true)).sin();
      later(y.matmul(z, { transposeB: true }));`,
    );
    expect(error.code).toBe("memory");
    expect(error.detail).toMatchObject({
      what: "train.ts:4: the step does not fit on this device",
      expected: "at most 32 MiB",
      hint: "make the model or the batch smaller",
    });
    const [total, named] = error.detail.got?.split(" with ") ?? [];
    expect(total).toMatch(/^\d\d MiB$/);
    expect(named).toBe(
      "matmul [512, 8192] of 16 MiB at train.ts:4, sin [512, 8192] of 16 MiB at train.ts:6, parameter [512, 4096] of 8.00 MiB at train.ts:2",
    );
  });

  it("memory: a gradient is reported at the line of the tensor that it belongs to", async () => {
    const error = await wrong(
      await open({ memoryLimit: 2 ** 23 }),
      how,
      `const rows = nn.parameter([2048, 1], nn.ones);
      const columns = nn.parameter([1, 2048], nn.ones);
      const table = rows
        .mul(columns)
        .tanh();
      const loss = table.square().sum();
      loss.backward();
      later(rows.grad);
      later(columns.grad);`,
    );
    expect(error.message).toMatch(
      /^train\.ts:5: the step does not fit.* with tanh \[2048, 2048\] of 16 MiB at train\.ts:5, gradient \[2048, 2048\] of 16 MiB at train\.ts:4,/,
    );
  });

  it("a binding: the operation that makes the tensor", async () => {
    const error = await wrong(
      await open({ device: await small() }),
      how,
      `const x = nn.parameter([4096, 32], nn.zeros);
      const rows = nn.full([32, 8256], 1);
      const y = x
        .matmul(rows);
      later(y.sum(0));`,
    );
    expect(error.code).toBe("limit");
    expect(error.message).toMatch(
      /^train\.ts:4: matmul \[4096, 8256\]: too large for one binding of this device, got 129 MiB, expected at most 128 MiB \(make/,
    );
  });

  it("a binding: the parameter, where it is made", async () => {
    const error = await wrong(
      await open({ device: await small() }),
      how,
      `
      const table = nn.parameter([2 ** 20, 33], nn.zeros);
      const tokens = nn.tensor(new Uint32Array(4));
      later(nn.embedding(table, tokens));`,
    );
    expect(error.code).toBe("limit");
    expect(error.message).toMatch(
      /^train\.ts:2: parameter \[1048576, 33\]: too large for one binding.*132 MiB/,
    );
  });

  it("a kernel of train.ts that does not compile", async () => {
    const engine = await open();
    const text = `const x = nn.parameter([8], nn.ones);
      const twice = nn.kernel({
        name: "twice",
        inputs: { x: "f32" },
        wgsl: "fn element(i: u32) -> f32 {\\n  return x[i] * nonsense;\\n}",
      });
      later(
        twice(x.add(1)),
      );`;
    if (how === "prepare") {
      const error = await wrong(engine, how, text);
      expect(error.code).toBe("wgsl");
      expect(error.message).toMatch(/^train\.ts:8: nn\.kernel twice:2: .*nonsense.* \(in `return x\[i\]/);
      return;
    }
    // `flush` compiles in the background: the next call throws the error.
    train(engine, text);
    engine.flush();
    await new Promise((resolve) => setTimeout(resolve, 50));
    train(engine, "later(nn.full([2], 1).exp())");
    expect(() => {
      engine.flush();
    }).toThrow(/^train\.ts:8: nn\.kernel twice:2: .*nonsense/);
    await works(engine);
  });
});

it("steps of two shapes take turns in memory that holds only one of them", async () => {
  const limit = 3 * 2 ** 20;
  const engine = await open({ memoryLimit: limit });
  engine.activate();
  const w = nn.parameter([64, 64], nn.constant(1 / 64));
  const sum = async (rows: number): Promise<number> => {
    const wide = nn.cat(
      Array.from({ length: rows / 64 }, () => w),
      0,
    );
    const read = engine.readLater(wide.matmul(w).exp().matmul(w).sum());
    await engine.prepare();
    const { parameters, state, kept, activations } = engine.memory();
    expect(parameters + state + kept + activations).toBeLessThanOrEqual(limit);
    return (await read)[0] ?? NaN;
  };
  const [small, large] = [await sum(2048), await sum(4096)];
  expect(large / small).toBeCloseTo(2, 4);
  const plans = engine.plans;
  expect([await sum(2048), await sum(4096)]).toEqual([small, large]);
  expect(engine.plans, "the other was given up, and planned again").toBeGreaterThan(plans);
});

it("a device with less memory than it reported", async () => {
  const device = await small();
  const scopes: GPUErrorFilter[] = [];
  let full = false;
  const push = device.pushErrorScope.bind(device);
  const pop = device.popErrorScope.bind(device);
  vi.spyOn(device, "pushErrorScope").mockImplementation((filter) => {
    scopes.push(filter);
    push(filter);
  });
  // Refuses buffers of more than a MiB as Dawn does: the scope reports an error, and the buffer exists but is unusable.
  let size = 0;
  const create = device.createBuffer.bind(device);
  vi.spyOn(device, "createBuffer").mockImplementation((what) => {
    size = what.size;
    return create(what);
  });
  vi.spyOn(device, "popErrorScope").mockImplementation(async () => {
    const filter = scopes.pop();
    const refused = full && size > 2 ** 20 && filter === "out-of-memory";
    const error = await pop();
    return refused ? ({ message: "no memory" } as GPUOutOfMemoryError) : error;
  });
  const engine = await open({ device });
  const text = `const x = nn.parameter([512, 32], nn.ones);
    const y = x.matmul(x, { transposeB: true }).exp()
      .matmul(nn.full([512, 1024], 1));
    later(y.sum(0));`;
  full = true;
  train(engine, text);
  await engine.prepare();
  await expect(engine.settled(0)).rejects.toThrow(
    /^train\.ts:3: the device has no memory left for the step, got \d\.\d\d MiB with full \[512, 1024\] of 2\.00 MiB at train\.ts:3, matmul \[512, 1024\] of 2\.00 MiB at train\.ts:3, .*other tabs/,
  );
  full = false;
  // The plan that was built with that buffer is not used again.
  const before = engine.plans;
  train(engine, text);
  await engine.prepare();
  await engine.settled(0);
  expect(engine.plans).toBe(before + 1);
  await works(engine);
  vi.restoreAllMocks();
});

it("an engine that scores names the same lines", async () => {
  const engine = await open();
  engine.activate();
  const text = `
    const table = nn.parameter([64, 8], nn.ones);
    return {
      forward: (tokens) => {
        const x = nn.embedding(table, tokens);
        return nn.softmax(x
          .matmul(x, { transposeB: true })
          ).matmul(x).matmul(table, { transposeB: true });
      },
    };`;
  const make = runInThisContext(`(nn) => {${text}}`, { filename: "train.ts" }) as (api: typeof nn) => {
    forward(tokens: nn.Tensor): nn.Tensor;
  };
  const recorded = recordForward(make(nn), [1, 2048]);
  const weights = await readParameters(engine, recorded);
  const scorer = await open({ memoryLimit: 2 ** 23 });
  const pass = loadGraph(recorded.graph).instantiate(scorer, weights, recorded.lines);
  scorer.activate();
  const logits = pass(scorer.input([1, 2048], "u32"));
  void scorer.readLater(logits.sum());
  await expect(scorer.prepare()).rejects.toThrow(
    /^train\.ts:7: the step does not fit.* with matmul \[1, 2048, 2048\] of 16 MiB at train\.ts:7, softmax \[1, 2048, 2048\] of 16 MiB at train\.ts:6,/,
  );
  await works(scorer);
});

it("a steady step looks for no line", async () => {
  const engine = await open();
  const looked = vi.spyOn(trace, "callingLine");
  const step = runInThisContext(
    `(nn, later) => {
      const w = nn.parameter([8, 8], nn.normal(1));
      const norm = nn.kernel({
        name: "half",
        inputs: { x: "f32" },
        wgsl: "fn element(i: u32) -> f32 { return 0.5 * x[i]; }",
        gradient: (g) => ({ x: g.mul(0.5) }),
      });
      const muon = new nn.Muon([w]);
      return (i, x) => {
        const loss = norm(x.matmul(w)).tanh().square().mean();
        loss.backward();
        muon.step(1 - i / 10);
        later(loss);
      };
    }`,
    { filename: "train.ts" },
  ) as (api: typeof nn, later: (t: nn.Tensor) => void) => (i: number, x: nn.Tensor) => void;
  engine.activate();
  const x = engine.input([4, 8], "f32");
  const one = step(nn, (tensor) => void engine.readLater(tensor));
  const counts: number[] = [];
  for (let i = 0; i < 6; i++) {
    looked.mockClear();
    x.set(Float32Array.from({ length: 32 }, (_, k) => k + i));
    one(i, x);
    await engine.prepare();
    counts.push(looked.mock.calls.length);
  }
  expect(counts[0]).toBeGreaterThan(5);
  expect(counts.slice(1)).toEqual([0, 0, 0, 0, 0]);
  vi.restoreAllMocks();
});
