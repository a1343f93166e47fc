// The seed on the GPU against the golden model in float64. The batch is held to f32's own error. Ten steps are held to
// less: where a gradient is near zero AdamW's first step is a sign, and Newton-Schulz lifts small singular values.

import { expect, it } from "vitest";
import { Engine } from "../../src/nn/index.ts";
import { testGpu } from "../../src/nn/kernels/testing.ts";
import { compareOutcomes } from "./compare.ts";
import { runGolden, runSeed } from "./run-seed.ts";
import { seedShapes } from "./shapes.ts";

it("the engine gives the golden logits, loss, gradients and ten steps of the seed, the same every time", async () => {
  const engine = await Engine.create({ gpu: await testGpu() });
  try {
    const got = await runSeed(engine);
    compareOutcomes(got, runGolden(seedShapes), { batch: 2e-5, losses: 2e-4, weights: 2e-3 });
    engine.reset();
    expect(await runSeed(engine)).toEqual(got);
  } finally {
    engine.close();
  }
}, 120_000);
