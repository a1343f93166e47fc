// As random-forwards.test.ts, on kernels, in f32 with its infinities: every proof holds there bit for bit.
// RUNS=60 npx vitest run --project gpu src/nn/forward tries more.
import fc from "fast-check";
import { expect, it } from "vitest";
import { testEngine } from "../testing/engine.ts";
import { program, tryProgram } from "../testing/random-forward.ts";

const engine = await testEngine();

it("proves nothing that a kernel contradicts", { timeout: 600_000 }, async () => {
  let proved = 0;
  await fc.assert(
    fc.asyncProperty(program, async (instructions) => {
      const { proof, leaks } = await tryProgram(instructions, engine);
      engine.reset();
      const story = JSON.stringify({ instructions, proof, leaks });
      expect(proof.time.status === "proved" && leaks.time, story).toBe(false);
      expect(proof.rows.status === "proved" && leaks.rows, story).toBe(false);
      if (proof.time.status === "proved") proved++;
    }),
    { numRuns: Number(process.env.RUNS ?? 12), seed: Number(process.env.SEED ?? 5), endOnFailure: false },
  );
  expect(proved).toBeGreaterThan(3);
});
