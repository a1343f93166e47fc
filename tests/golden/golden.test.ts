// The seed on the float64 reference against the golden model: two implementations of one model, compared at f32
// precision.

import { expect, it } from "vitest";
import { Session } from "../../src/nn/index.ts";
import { ReferenceBackend } from "../../src/nn/reference/index.ts";
import { compareOutcomes } from "./compare.ts";
import { runGolden, runSeed } from "./run-seed.ts";
import { seedShapes } from "./shapes.ts";

it("the reference gives the golden logits, loss, gradients and ten steps of the seed", async () => {
  const golden = runGolden(seedShapes);
  const got = await runSeed(new Session(new ReferenceBackend()));
  compareOutcomes(got, golden, { batch: 1e-7, losses: 1e-7, weights: 1e-7 });
  // The losses agree although they change.
  expect(Math.abs((golden.losses[9] ?? NaN) - (golden.losses[0] ?? NaN))).toBeGreaterThan(0.1);
});
