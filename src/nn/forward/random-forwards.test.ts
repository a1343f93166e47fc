// Random forward passes, run on every possible input: every proof must hold for all inputs.
// RUNS=12000 SEED=11 npx vitest run --project unit src/nn/forward/random tries more, with another seed.
import fc from "fast-check";
import { expect, it } from "vitest";
import { Session } from "../index.ts";
import { ReferenceBackend } from "../reference/index.ts";
import { program, tryProgram } from "../testing/random-forward.ts";

const { RUNS = "600", SEED = "7" } = process.env;

it("proves nothing that some input contradicts", { timeout: 300_000 }, async () => {
  const counts = { proved: 0, caught: 0, idle: 0 };
  await fc.assert(
    fc.asyncProperty(program, async (instructions) => {
      const { proof, leaks } = await tryProgram(instructions, new Session(new ReferenceBackend(), 1));
      const story = JSON.stringify({ instructions, proof, leaks });
      const [rows, time] = [proof.rows.status === "proved", proof.time.status === "proved"];
      expect(time && leaks.time, story).toBe(false);
      expect(rows && leaks.rows, story).toBe(false);
      if (time && rows) counts.proved++;
      else if (leaks.time || leaks.rows) counts.caught++;
      else counts.idle++;
    }),
    { numRuns: Number(RUNS), seed: Number(SEED), endOnFailure: false },
  );
  // There are many programs of both kinds, and few are refused without a leak.
  expect(counts.proved).toBeGreaterThan(100);
  expect(counts.caught).toBeGreaterThan(100);
  expect(counts.idle).toBeLessThan(0.05 * (counts.proved + counts.caught));
});
