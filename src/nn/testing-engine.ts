// For *.gpu.test.ts only: the engine of a test file. It is opened while the file loads, so that a file has it as a constant.

import { afterAll, afterEach, beforeEach } from "vitest";
import { Engine, type EngineOptions } from "./engine.ts";
import { testGpu } from "./kernels/testing.ts";

/**
 * An engine on the GPU of all tests: active when a test begins, reset when it has ended, closed after the last. The file's
 * own hooks find it active before a test, and not yet reset after it.
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
