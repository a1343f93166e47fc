// What bench/precision.ts bundles: runs of the seed in both precisions, and what they came to.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { Engine, nn, noGrad, type Tensor } from "../src/nn/index.ts";
import { nodeGpu } from "../src/nn/runtime/node.ts";
import { trainApi } from "../src/prepare/training.ts";
import { writeConstant } from "../src/seed/index.ts";
import { median } from "./median.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "300" },
    seeds: { type: "string", default: "3" },
    depth: { type: "string", default: "2" },
    heads: { type: "string", default: "4" },
    dim: { type: "string", default: "16" },
    context: { type: "string", default: "64" },
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

interface Run {
  readonly losses: number[];
  readonly heldOut: number;
  readonly stepMs: number;
  /** Of the whole process, which is also the software adapter. */
  readonly cpuMs: number;
}

async function train(engine: Engine, precision: nn.Precision, seed: number): Promise<Run> {
  engine.reset();
  engine.activate();
  engine.seed(seed);
  const losses: number[] = [];
  const ends: number[] = [];
  let cpu = process.cpuUsage();
  let heldOut = NaN;
  const { module } = trainApi({
    engine,
    seqLen: context,
    vocabSize: VOCAB,
    budgetSeconds: 1,
    seed,
    maxSteps: steps,
    stepMs: 0,
    now: () => performance.now(),
    begin: () => Promise.resolve(bytes.subarray(0, split)),
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
  return { losses, heldOut, stepMs: median(times), cpuMs: (cpu.user + cpu.system) / 1000 / times.length };
}

/** Nats a byte over windows spread evenly over the text held out, in f32. */
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

const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length;
const windows = (losses: readonly number[]) =>
  Array.from({ length: Math.floor(losses.length / 10) }, (_, i) => mean(losses.slice(10 * i, 10 * i + 10)));

const gpu = await nodeGpu();
const f32 = await Engine.create({ gpu });
const mixed = await Engine.create({ gpu });
const { vendor, description } = f32.adapterInfo;
if (!f32.capabilities.f16) throw new Error(`${vendor} ${description} has no shader-f16: mixed would be f32`);
console.log(
  `${vendor} ${description}: depth ${values.depth}, ${values.heads} heads of ${values.dim}, T ${context}, ${steps} steps`,
);
const runs: { f32: Run; mixed: Run }[] = [];
for (let seed = 1; seed <= Number(values.seeds); seed++) {
  const pair = { f32: await train(f32, "f32", seed), mixed: await train(mixed, "mixed", seed) };
  runs.push(pair);
  const [a, b] = [windows(pair.f32.losses), windows(pair.mixed.losses)];
  const gap = Math.max(...a.map((loss, i) => Math.abs(loss - (b[i] ?? NaN))));
  console.log(
    JSON.stringify({
      seed,
      trainF32: a.at(-1),
      trainMixed: b.at(-1),
      heldOutF32: pair.f32.heldOut,
      heldOutMixed: pair.mixed.heldOut,
      largestGapOfTenSteps: gap,
      stepMs: [pair.f32.stepMs, pair.mixed.stepMs],
      cpuMs: [pair.f32.cpuMs, pair.mixed.cpuMs],
      curves: [a, b].map((curve) =>
        curve.filter((_, i) => i % 5 === 4).map((loss) => Number(loss.toFixed(3))),
      ),
    }),
  );
}
const ratio = (pick: (run: Run) => number) => median(runs.map((run) => pick(run.mixed) / pick(run.f32)));
console.log(
  JSON.stringify({
    heldOut: {
      f32: mean(runs.map((run) => run.f32.heldOut)),
      mixed: mean(runs.map((run) => run.mixed.heldOut)),
    },
    mixedOverF32: { stepMs: ratio((run) => run.stepMs), cpuMs: ratio((run) => run.cpuMs) },
    temporaryBytes: { f32: f32.memory().temporary, mixed: mixed.memory().temporary },
    peakBytes: { f32: f32.memory().peak, mixed: mixed.memory().peak },
  }),
);
process.exit(0);
