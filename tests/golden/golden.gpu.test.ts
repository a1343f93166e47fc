// The seed on the GPU against the golden model in float64. The batch is held to f32's own error (SwiftShader: 6e-7 of
// the largest number). Ten steps are held to a little less (there: 2e-6): where a gradient is near zero AdamW's first
// step is a sign, and Newton-Schulz lifts small singular values.

import { expect, it } from "vitest";
import { Engine } from "../../src/nn/index.ts";
import { testGpu } from "../../src/nn/kernels/testing/dispatch.ts";
import { compareOutcomes } from "./compare.ts";
import { runGolden, runSeed } from "./run-seed.ts";
import { seedShapes } from "./shapes.ts";

it("the engine gives the golden logits, loss, gradients and ten steps of the seed, the same every time", async () => {
  const engine = await Engine.create({ gpu: await testGpu() });
  try {
    const got = await runSeed(engine);
    compareOutcomes(got, runGolden(seedShapes), { batch: 5e-6, losses: 1e-5, weights: 5e-5 });
    engine.reset();
    expect(await runSeed(engine)).toEqual(got);
  } finally {
    engine.close();
  }
}, 120_000);
