// The bundle of bench/precision/precision.ts: one run of the seed in one precision, printed as one JSON line.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Engine, nn, noGrad, type Tensor } from "../../src/nn/index.ts";
import { nodeGpu } from "../../src/nn/runtime/node.ts";
import { Batches } from "../../src/prepare/training/batches.ts";
import { feed } from "../../src/prepare/testing/feed.ts";
import { trainApi } from "../../src/prepare/training/training.ts";
import { writeConstant } from "../../src/seed/index.ts";
import { median } from "../shared/median.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "" },
    seed: { type: "string", default: "" },
    precision: { type: "string", default: "" },
    depth: { type: "string", default: "" },
    heads: { type: "string", default: "" },
    dim: { type: "string", default: "" },
    context: { type: "string", default: "" },
  },
});
const VOCAB = 256;
const context = Number(values.context);
const steps = Number(values.steps);
const given = JSON.parse(readFileSync(positionals[0] ?? "", "utf8")) as { code: string; text: string };
const bytes = Uint16Array.from(Buffer.from(given.text, "latin1"));
const split = Math.floor(bytes.length * 0.95);
const sizes = { DEPTH: values.depth, HEADS: values.heads, HEAD_DIM: values.dim };
const code = Object.entries(sizes).reduce(
  (text, [name, value]) => writeConstant(text, name, Number(value)),
  given.code,
);

export interface Run {
  readonly adapter: string;
  /** Nats per byte: of every step, and over the held-out text. */
  readonly losses: readonly number[];
  readonly heldOut: number;
  readonly stepMs: number;
  /** CPU time of the whole process, which includes the software adapter. */
  readonly cpuMs: number;
  readonly temporaryBytes: number;
  readonly peakBytes: number;
}

async function train(engine: Engine, precision: string, seed: number): Promise<Run> {
  const losses: number[] = [];
  const ends: number[] = [];
  let cpu = process.cpuUsage();
  let heldOut = NaN;
  const { module } = trainApi({
    engine: {
      batch: feed(engine, new Batches(bytes.subarray(0, split), context, seed), context),
      readLater: engine.readLater.bind(engine),
      prepare: () => engine.prepare(),
      settled: engine.settled.bind(engine),
    },
    seqLen: context,
    vocabSize: VOCAB,
    budgetSeconds: 1,
    maxSteps: steps,
    stepMs: 0,
    now: () => performance.now(),
    line: () => 0,
    begin: () => Promise.resolve(),
    compiling: () => undefined,
    stepped: (count) => {
      if (count === 10) cpu = process.cpuUsage();
      if (count >= 10) ends.push(performance.now());
    },
    logged: (step, _, __, value) => (losses[step] = value),
    end: async (model) => {
      cpu = process.cpuUsage(cpu);
      heldOut = await heldOutLoss(engine, model);
    },
  });
  const body = new Function(
    "nn",
    "training",
    "VOCAB_SIZE",
    `return (async () => {nn.precision("${precision}");${code}\n})();`,
  );
  await (body as (...args: unknown[]) => Promise<void>)(nn, module.training, VOCAB);
  const times = ends.slice(1).map((end, i) => end - (ends[i] ?? end));
  const { vendor, description } = engine.adapterInfo;
  const { kept, activations, peak } = engine.memory();
  return {
    adapter: `${vendor} ${description}`,
    losses,
    heldOut,
    stepMs: median(times),
    cpuMs: (cpu.user + cpu.system) / 1000 / times.length,
    temporaryBytes: kept + activations,
    peakBytes: peak,
  };
}

/** Nats per byte over windows spread evenly over the held-out text, in f32. */
async function heldOutLoss(engine: Engine, model: { forward(tokens: Tensor): Tensor }): Promise<number> {
  nn.precision("f32");
  const [rows, batches] = [8, 16];
  const [x, y] = [engine.input([rows, context], "u32"), engine.input([rows, context], "u32")];
  const stride = Math.floor((bytes.length - split - context - 1) / (rows * batches));
  let sum = 0;
  for (let batch = 0; batch < batches; batch++) {
    const cut = (by: number) =>
      Uint32Array.from({ length: rows * context }, (_, i) => {
        const start = split + (batch * rows + Math.floor(i / context)) * stride;
        return bytes[start + (i % context) + by] ?? 0;
      });
    x.set(cut(0));
    y.set(cut(1));
    const loss = engine.readLater(noGrad(() => nn.crossEntropy(model.forward(x), y)));
    await engine.prepare();
    sum += (await loss)[0] ?? NaN;
  }
  return sum / batches;
}

const seed = Number(values.seed);
const engine = await Engine.create({ gpu: await nodeGpu(), seed });
if (!engine.capabilities.f16) throw new Error("the adapter has no shader-f16: mixed would be f32");
console.log(JSON.stringify(await train(engine, values.precision, seed)));
process.exit(0);
