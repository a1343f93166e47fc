// A train.ts through the trainer and its own engine in this process: what the sandbox does, without the sandbox.

import { runInThisContext } from "node:vm";
import { vi } from "vitest";
import { testGpu } from "../../src/nn/kernels/testing/dispatch.ts";
import type { Forward, TrainerMessage } from "../../src/runner/protocol.ts";
import { openTrainerEngine } from "../../src/runner/trainer/engine.ts";
import { Trainer, type TrainerEngine } from "../../src/runner/trainer/trainer.ts";
import { transpile } from "../../src/runner/source/transpile.ts";

/** An engine on the tests' GPU. Operations go to the one that was opened last. */
export async function openEngine(): Promise<TrainerEngine> {
  vi.stubGlobal("navigator", { gpu: await testGpu() });
  try {
    return await openTrainerEngine("[]");
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
}

/** The weights it hands over. Throws what the trainer says instead. */
export async function trainHere(engine: TrainerEngine, training: Training): Promise<Float32Array> {
  return (await handOverHere(engine, training)).weights;
}

/** The forward pass it hands over, for a scoring batch of two. Throws what the trainer says instead. */
export async function handOverHere(engine: TrainerEngine, training: Training): Promise<Forward> {
  const { source, steps, seed = 7, tokens, seqLen, vocabSize } = training;
  engine.reset();
  const said: TrainerMessage[] = [];
  const trainer: Trainer = new Trainer(
    {
      engine,
      // A clock that stands still ends nothing, however slow the adapter is.
      now: () => 0,
      timers: globalThis,
      scope: {},
      restart: () => undefined,
      lineOf: null,
      post: (message) => {
        said.push(message);
        if (message.type === "ready") trainer.begin(tokens);
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
      // The kernels are those of the study: choosing them anew by the clock would be another computation.
      tuning: "[]",
      tuneMs: 0,
    },
  );
  await trainer.run();
  const last = said.at(-1);
  if (last?.type !== "handover" || last.steps !== steps) throw new Error(JSON.stringify(last));
  return last.forward;
}
