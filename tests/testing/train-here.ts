// A train.ts through the trainer and an engine in this process: what the sandbox and the engine's worker do, without them.

import { runInThisContext } from "node:vm";
import { vi } from "vitest";
import { replacing, testGpu } from "../../src/nn/kernels/testing/dispatch.ts";
import type { Forward, Passes, TrainerMessage } from "../../src/runner/contract/protocol.ts";
import { openComputeEngine } from "../../src/runner/engine/engine.ts";
import type { ComputeEngine } from "../../src/runner/engine/engine-service.ts";
import { RunBatches } from "../../src/runner/engine/run-batches.ts";
import { TrainingSession } from "../../src/runner/engine/training-session.ts";
import type { SessionReply } from "../../src/runner/engine/session-protocol.ts";
import type { StepFigures } from "../../src/runner/contract/types.ts";
import { Memo } from "../../src/memo.ts";
import { remoteEngine } from "../../src/runner/trainer/remote-engine.ts";
import { Trainer } from "../../src/runner/trainer/trainer.ts";
import { transpile } from "../../src/runner/source/transpile.ts";

/** A device of its own on the tests' GPU. `compiled` gets the file of each shader that is compiled on it. */
export async function openEngine(compiled: string[] = []): Promise<ComputeEngine> {
  const gpu = await testGpu();
  const requestAdapter = async (options?: GPURequestAdapterOptions) => {
    const adapter = await gpu.requestAdapter(options);
    if (adapter === null) return null;
    return replacing(adapter, "requestDevice", async (descriptor?: GPUDeviceDescriptor) => {
      const device = await adapter.requestDevice(descriptor);
      const create = device.createShaderModule.bind(device);
      const createShaderModule = (module: GPUShaderModuleDescriptor) => {
        compiled.push(module.label ?? "");
        return create(module);
      };
      return Object.assign(device, { createShaderModule });
    });
  };
  vi.stubGlobal("navigator", { gpu: replacing(gpu, "requestAdapter", requestAdapter) });
  try {
    return await openComputeEngine();
  } finally {
    vi.unstubAllGlobals();
  }
}

export interface Training {
  /** The source; it has to end by itself after so many steps. */
  readonly source: string;
  readonly steps: number;
  readonly seed?: number;
  readonly tokens: Uint16Array<ArrayBuffer>;
  readonly seqLen: number;
  readonly vocabSize: number;
  /** An earlier rehearsal serves. Default false. */
  readonly rehearsed?: boolean;
}

/** The weights it trains. Throws what the trainer says instead. */
export async function trainHere(device: ComputeEngine, training: Training): Promise<Float32Array> {
  return (await handOverHere(device, training)).weights;
}

/** Its forward pass for a scoring batch of two, with the weights. Throws what the trainer says instead. */
export async function handOverHere(device: ComputeEngine, training: Training): Promise<Forward> {
  const { steps, seed = 7, tokens, seqLen, vocabSize } = training;
  const { port1, port2 } = new MessageChannel();
  const violations: string[] = [];
  // A clock that stands still ends nothing, however slow the adapter is. The kernels are those of the study: choosing
  // them anew by the clock would be another computation.
  const world = {
    now: () => 0,
    tuneMs: 0,
    rehearsed: training.rehearsed ?? false,
    profiles: new Memo<StepFigures>(1),
    batches: new RunBatches(tokens, { seqLen, vocabSize, seed, budgetTokens: 0 }),
    spent: () => undefined,
    violated: (reason: string) => void violations.push(reason),
  };
  const session = new TrainingSession(device.beside("[]"), port1, world);
  try {
    const { graph, single, parameters } = await recordHere(port2, training, {
      rehearsed: (passes) => session.take(passes.parameters),
      ready: () => Promise.resolve(session.begin(1000)),
    });
    if (violations.length > 0) throw new Error(violations.join());
    const taken = await session.take(parameters);
    if (taken.steps !== steps) throw new Error(`${taken.steps} steps`);
    return { graph, single, weights: taken.weights };
  } finally {
    session.close();
    port2.close();
  }
}

/** What the lab does at two moments: it reads the rehearsal's weights, and it starts the clock. */
interface Lab {
  rehearsed(passes: Passes): Promise<unknown>;
  ready(): Promise<unknown>;
}

/** Runs a train.ts whose session is at the other end of a port; returns what it hands over. */
export async function recordHere(port: MessagePort, training: Training, lab: Lab): Promise<Passes> {
  const { source, seed = 7, seqLen, vocabSize, rehearsed = false } = training;
  const engine = remoteEngine({ memory: Infinity, seqLen, post: (request) => port.postMessage(request) });
  port.onmessage = ({ data }: MessageEvent<SessionReply>) => engine.hear(data);
  const said: TrainerMessage[] = [];
  const trainer: Trainer = new Trainer(
    {
      engine,
      now: () => 0,
      timers: globalThis,
      scope: {},
      restart: () => undefined,
      lineOf: null,
      post: (message) => {
        said.push(message);
        if (message.type === "rehearsed") void lab.rehearsed(message.passes).then(() => trainer.again());
        if (message.type === "ready") void lab.ready().then(() => trainer.begin());
      },
      load: (code) =>
        Promise.resolve(
          runInThisContext(code.replace("export default ", "0, ")) as (lab: object) => Promise<void>,
        ),
    },
    {
      type: "init",
      code: transpile(source),
      seed,
      seqLen,
      vocabSize,
      scoreBatch: 2,
      budgetSeconds: 1000,
      budgetTokens: 0,
      memory: 2 ** 30,
      engine: port,
      recordMs: 0,
      rehearsedMs: rehearsed ? 1 : 0,
    },
  );
  await trainer.run();
  const last = said.at(-1);
  if (last?.type !== "handover") throw new Error(JSON.stringify(last));
  return last.passes;
}
