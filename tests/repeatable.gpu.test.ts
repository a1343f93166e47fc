// The same seed and the same tokens give the same weights on the same adapter, to the last bit: the seed's train.ts (made
// small, with dropout), through the trainer and its own engine, as in the sandbox.

import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import type { ComputeEngine } from "../src/runner/engine/engine-service.ts";
import { openEngine, trainHere } from "./testing/train-here.ts";

const STEPS = 8;

/** The seed's train.ts with lines changed; each must be there. */
function seed(...changes: readonly (readonly [from: string, to: string])[]): string {
  const made = [
    ["const DEPTH = 4;", "const DEPTH = 2;"],
    ["const HEADS = 4;", "const HEADS = 2;"],
    ["const HEAD_DIM = 32;", "const HEAD_DIM = 8;"],
    ["const BATCH = 8;", "const BATCH = 3;"],
    ["return x.add(this.mlp", "return x.add(nn.dropout(x, 0.2)).add(this.mlp"],
    // By steps, not by the clock: that is what a budget in tokens means.
    ["schedule(step.progress)", `schedule(step.index / ${STEPS})`],
    ["  step.log({ loss });", `  step.log({ loss });\n  if (step.index === ${STEPS}) break;`],
    ...changes,
  ] as const;
  return made.reduce(
    (source, [from, to]) => {
      expect(source).toContain(from);
      return source.replace(from, to);
    },
    readFileSync("src/seed/train.ts", "utf8"),
  );
}

const engines: ComputeEngine[] = [];
async function open(compiled?: string[]): Promise<ComputeEngine> {
  const engine = await openEngine(compiled);
  engines.push(engine);
  return engine;
}
afterAll(() => {
  for (const engine of engines) engine.reset();
});

const tokens = Uint16Array.from({ length: 4000 }, (_, i) => (i * i + (i >> 3)) % 200);
const train = (engine: ComputeEngine, source: string, seedOfRun = 7, rehearsed = false) =>
  trainHere(engine, { source, steps: STEPS, seed: seedOfRun, tokens, seqLen: 24, vocabSize: 256, rehearsed });

/** How many bit patterns differ. */
function differing(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  const [x, y] = [a, b].map((values) => new Uint32Array(values.buffer, values.byteOffset, values.length));
  return x!.filter((bits, i) => bits !== y![i]).length;
}

it("the same run gives the same weights: again, on another device, and with other work in between", async () => {
  const engine = await open();
  const first = await train(engine, seed());
  expect(first.every(Number.isFinite)).toBe(true);
  expect(differing(first, await train(engine, seed())), "again").toBe(0);
  const alone = await train(engine, seed(), 7, true);
  expect(differing(first, alone), "without a rehearsal, where an earlier one serves").toBe(0);

  // Another model on the same device, and evaluations in the middle of every step.
  await train(
    engine,
    seed(["const HEAD_DIM = 8;", "const HEAD_DIM = 16;"], ["const BATCH = 3;", "const BATCH = 5;"]),
  );
  const asked = seed([
    "  loss.backward();",
    "  await loss.item();\n  loss.backward();\n  await loss.item();",
  ]);
  expect(differing(first, await train(engine, asked)), "with other work").toBe(0);

  // The comparison can fail.
  expect(differing(first, await train(engine, seed(), 8)), "another seed").toBeGreaterThan(first.length / 2);

  // Last: operations go to the engine that was opened last.
  expect(differing(first, await train(await open(), seed())), "on another device").toBe(0);
}, 300_000);

it("an engine compiles only pipelines that are new to it: none for other numbers, few for another block", async () => {
  const compiled: string[] = [];
  const engine = await open(compiled);
  await train(engine, seed());
  const all = compiled.splice(0).length;
  expect(all).toBeGreaterThan(20);
  await train(engine, seed());
  expect(compiled, "again").toEqual([]);
  const after = async (name: string, from: string, to: string) => {
    await train(engine, seed([`const ${name} = ${from};`, `const ${name} = ${to};`]));
    return compiled.splice(0);
  };
  expect(await after("MATRIX_LR", "0.02", "0.03")).toEqual([]);
  expect(await after("BETA1", "0.8", "0.7")).toEqual([]);
  expect(await after("ROPE_BASE", "10000", "20000")).toEqual([]);
  // The cap of the logits is written into their kernel.
  expect(await after("SOFTCAP", "15", "20")).toEqual(["cross_entropy.wgsl"]);
  const deeper = await after("DEPTH", "2", "3");
  expect(deeper.length, String(deeper)).toBeLessThan(all / 4);
}, 300_000);
