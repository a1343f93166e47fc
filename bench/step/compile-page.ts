// In the page: compiles all pipelines of the seed at a tier, from its first line to its sample, and measures each.

import {
  Engine,
  loadGraph,
  nn,
  readParameters,
  recordForward,
  type InputTensor,
  type StepProfile,
} from "../../src/nn/index.ts";
import { sampleTokens, scoreWindows, seededRandom } from "../../src/prepare/index.ts";
import { seedFor } from "../../src/seed/index.ts";
import { uniform } from "../shared/uniform.ts";

declare function gpuCpuMs(): Promise<number>;

interface CompileRow {
  readonly label: string;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly codeLength: number;
}
export interface CompileResult {
  readonly stage: string;
  readonly pipelines: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly rows: readonly CompileRow[];
}

let rows: CompileRow[] = [];
let log: CompileResult[] = [];

/** Records the compile time of each pipeline; `serial` compiles them one after the other. */
function watch(serial: boolean): void {
  const device = GPUDevice.prototype;
  const create = device.createComputePipelineAsync;
  const module = device.createShaderModule;
  const codes = new WeakMap<GPUShaderModule, number>();
  device.createShaderModule = function (descriptor) {
    const made = module.call(this, descriptor);
    codes.set(made, descriptor.code.length);
    return made;
  };
  let turn: Promise<unknown> = Promise.resolve();
  device.createComputePipelineAsync = function (descriptor) {
    const one = async (): Promise<GPUComputePipeline> => {
      const [cpu, start] = [serial ? await gpuCpuMs() : 0, performance.now()];
      const pipeline = await create.call(this, descriptor);
      rows.push({
        label: descriptor.label ?? "",
        wallMs: performance.now() - start,
        cpuMs: serial ? (await gpuCpuMs()) - cpu : 0,
        codeLength: codes.get(descriptor.compute.module) ?? 0,
      });
      return pipeline;
    };
    if (!serial) return one();
    const next = turn.then(one, one);
    turn = next;
    return next;
  };
}

async function stage<T>(name: string, run: () => Promise<T>): Promise<T> {
  rows = [];
  const [cpu, start] = [await gpuCpuMs(), performance.now()];
  const result = await run();
  log.push({
    stage: name,
    pipelines: rows.length,
    wallMs: performance.now() - start,
    cpuMs: (await gpuCpuMs()) - cpu,
    rows,
  });
  return result;
}

export function seedSource(): string {
  return seedFor("software").source;
}

/** Three steps of the seed, its handover, the score of one batch and a sample of one token, as the runner does them. */
export async function compileSeed(code: string, serial: boolean, again: number): Promise<CompileResult[]> {
  watch(serial);
  log = [];
  for (let round = 0; round <= again; round++) await compileOnce(code, round === 0 ? "" : `again: `);
  return log;
}

interface Model {
  forward(tokens: nn.Tensor): nn.Tensor;
}

/** Runs `steps` steps of the seed's transpiled source on noise; `run` ends each. Returns its model. */
async function trainSeed(
  code: string,
  engine: Engine,
  run: (index: number) => Promise<void>,
  steps = 3,
): Promise<Model> {
  const { seqLen: T, vocabSize: V } = seedFor("software");
  const inputs = new Map<number, { x: InputTensor; y: InputTensor }>();
  let model: Model | null = null;
  const training = async function* (of: Model): AsyncGenerator<unknown> {
    model = of;
    for (let index = 0; index < steps; index++) {
      yield {
        index,
        progress: index / steps,
        batch(count: number) {
          const pair = inputs.get(count) ?? {
            x: engine.input([count, T], "u32"),
            y: engine.input([count, T], "u32"),
          };
          inputs.set(count, pair);
          pair.x.set(Uint32Array.from(noise(count * T, V)));
          pair.y.set(Uint32Array.from(noise(count * T, V)));
          return pair;
        },
        log: () => undefined,
      };
      await run(index);
    }
  };
  // The seed itself, with its imports as arguments.
  const body = new Function("nn", "training", "VOCAB_SIZE", `return (async () => {${code}\n})();`);
  await (body as (...args: unknown[]) => Promise<void>)(nn, training, V);
  if (!model) throw new Error("the seed has no loop");
  return model;
}

async function compileOnce(code: string, prefix: string): Promise<void> {
  const { seqLen: T, vocabSize: V } = seedFor("software");
  const engine = await Engine.create();
  const model = await trainSeed(code, engine, (index) =>
    stage(`${prefix}step ${index}`, async () => {
      await engine.prepare();
      await engine.settled(0);
    }),
  );
  const batch = recordForward(model, [4, T]);
  const single = recordForward(model, [1, T]);
  const weights = await readParameters(engine, batch);
  engine.close();
  const scorer = await Engine.create();
  const forward = ({ graph }: typeof batch) => loadGraph(JSON.stringify(graph)).instantiate(scorer, weights);
  const tokens = noise(8 * T, V);
  await stage(`${prefix}score`, async () => {
    await scoreWindows(scorer, forward(batch), {
      tokens,
      vocabSize: V,
      random: seededRandom(1),
      starts: [0, T, 2 * T, 3 * T],
      seqLen: T,
      batch: 4,
      draws: 0,
    });
  });
  await stage(`${prefix}sample`, async () => {
    await sampleTokens(scorer, forward(single), {
      prompt: tokens.slice(0, 24),
      count: 1,
      seqLen: T,
      temperature: 1,
      seed: 1,
      budgetMs: 1e4,
      now: () => performance.now(),
    });
  });
  scorer.close();
}

/** A profile of one step of the seed, with the adapter's own limits. */
export async function profileSeed(code: string): Promise<StepProfile> {
  const engine = await Engine.create();
  const peak = await engine.measurePeak();
  let profile: StepProfile | null = null;
  await trainSeed(code, engine, async () => {
    const start = performance.now();
    await engine.prepare();
    await engine.settled(0);
    const ms = performance.now() - start;
    profile = await engine.stepProfile(peak, ms);
  });
  engine.close();
  if (!profile) throw new Error("the seed has no step");
  return profile;
}

/** Tokens a second of the seed's steps without the lab, after three steps that compile them. */
export async function runSeed(
  code: string,
  steps: number,
): Promise<{ tokensPerSecond: number; steps: number }> {
  const { seqLen } = seedFor("software");
  const batch = Number(/^const BATCH = (\d+);/m.exec(code)?.[1]);
  const engine = await Engine.create();
  let start = NaN;
  await trainSeed(
    code,
    engine,
    async (index) => {
      await engine.prepare();
      await engine.settled(index < 3 ? 0 : 1); // one step waits while another runs, as in the lab
      if (index === 2) start = performance.now();
    },
    3 + steps,
  );
  await engine.settled(0);
  const seconds = (performance.now() - start) / 1000;
  engine.close();
  return { tokensPerSecond: Number(((steps * batch * seqLen) / seconds).toFixed(1)), steps };
}

/** Repeatable meaningless tokens. */
function noise(count: number, vocabulary: number): Uint16Array {
  const random = uniform();
  return Uint16Array.from({ length: count }, () => Math.floor(random() * vocabulary));
}
