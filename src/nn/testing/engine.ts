// For *.gpu.test.ts only: the engine of a test file. It opens while the file loads, so that it can be a constant.

import { afterAll, afterEach, beforeEach } from "vitest";
import { Engine, type EngineOptions } from "../engine/engine.ts";
import { testGpu } from "../kernels/testing/dispatch.ts";
import type { Tensor } from "../tensor/tensor.ts";

/**
 * An engine on the GPU of all tests: active when a test begins, reset after the test, closed after the last. In the
 * hooks of the test file it is active before a test, and not yet reset after it.
 */
export async function testEngine(options: Omit<EngineOptions, "gpu" | "device"> = {}): Promise<Engine> {
  const engine = await Engine.create({ ...options, gpu: await testGpu() });
  beforeEach(() => {
    engine.activate();
  });
  afterEach(() => {
    engine.reset();
  });
  afterAll(() => {
    engine.close();
  });
  return engine;
}

/** The values of tensors. Compiles first, so that errors in the text of a kernel are thrown here. */
export async function valuesOf(engine: Engine, ...tensors: Tensor[]): Promise<number[][]> {
  const results = tensors.map((tensor) => engine.readLater(tensor));
  await engine.prepare();
  return (await Promise.all(results)).map((array) => Array.from(array));
}
