// Examines a forward pass with an engine of its own in this process: the engine worker's examination without the worker.

import { vi } from "vitest";
import { testGpu } from "../../src/nn/kernels/testing/dispatch.ts";
import { seededRandom } from "../../src/prepare/index.ts";
import type { Forward } from "../../src/runner/contract/protocol.ts";
import { openComputeEngine } from "../../src/runner/engine/engine.ts";
import { Examination, type Examined } from "../../src/runner/engine/examination.ts";
import { loadForward } from "../../src/runner/engine/load.ts";
import type { ComputeEngine } from "../../src/runner/engine/engine-service.ts";

/** An engine that scores, on the tests' GPU. Operations go to the engine that was last opened or activated. */
export async function openScoringEngine(): Promise<ComputeEngine> {
  vi.stubGlobal("navigator", { gpu: await testGpu() });
  try {
    return await openComputeEngine();
  } finally {
    vi.unstubAllGlobals();
  }
}

export interface HeldOutHere {
  readonly tokens: Uint16Array;
  readonly seqLen: number;
  readonly vocabSize: number;
}

/** Rehearsal and score of a forward pass, with two rows. */
export async function examineHere(
  engine: ComputeEngine,
  forward: Forward,
  { tokens, seqLen, vocabSize }: HeldOutHere,
): Promise<{ readonly rehearsed: Examined; readonly scored: Examined & { readonly nats: Float64Array } }> {
  const loaded = loadForward(engine.read, forward, { batch: 2, seqLen, vocabSize });
  const examination = new Examination(loaded, {
    engine,
    seqLen,
    vocabSize,
    random: seededRandom(1),
    now: () => performance.now(),
    tell: () => undefined,
  });
  const starts = Uint32Array.from({ length: 5 }, (_, w) => 2 * w * seqLen);
  const rehearsed = await examination.rehearse({ tokens, starts }, 100);
  return { rehearsed, scored: await examination.score({ tokens, starts }, { noise: 0.5, hidden: 8 }) };
}
