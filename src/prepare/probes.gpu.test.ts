// The probes on real kernels: an honest model must pass bit by bit, and every cheat must be found there too.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Engine, ReferenceBackend, Session } from "../nn/index.ts";
import { testGpu } from "../nn/kernels/testing.ts";
import { probeForward } from "./probes.ts";
import { seededRandom } from "./random.ts";
import { sampleTokens } from "./sample.ts";
import { scoreWindows } from "./score.ts";
import { cheats, tinyForward, V } from "./testing/forwards.ts";
import { bitsPerByte, makeWindows } from "./windows.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create({ gpu: await testGpu() });
});
afterAll(() => engine.close());
beforeEach(() => {
  engine.reset();
  engine.activate();
  engine.seed(1);
});

const T = 128;
const random = seededRandom(9);
const text = Uint16Array.from({ length: 4000 }, () => random.below(V));
const options = {
  batch: 4,
  seqLen: T,
  vocabSize: V,
  text,
  seed: 5,
  budgetMs: Infinity,
  now: () => 0,
};

describe("the probes on a GPU", () => {
  it("let an honest model pass, at every position", async () => {
    const probes = await probeForward(engine, tinyForward(), options);
    expect(probes.map(({ name, passed, detail }) => (passed ? name : detail))).toEqual([
      "finite",
      "repeatable",
      "rows",
      "causality",
    ]);
    expect(probes[3].detail).toBe("127 of 127 positions");
  });

  it.each(Object.entries(cheats))("find %s", async (_, { twist, probe }) => {
    const probes = await probeForward(engine, tinyForward(twist), options);
    expect(probes.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([probe]);
  });
});

describe("the score on a GPU", () => {
  const windows = makeWindows(text, { byteLengths: new Uint16Array(V).fill(2) }, T, 10);

  it("agrees with the float64 scorer to 1e-5 bits per byte, whatever the batch", async () => {
    const reference = new Session(new ReferenceBackend(), 1);
    reference.activate();
    reference.seed(1);
    const exact = bitsPerByte(await scoreWindows(reference, tinyForward(), text, windows, 2), windows);
    engine.activate();
    const forward = tinyForward();
    for (const batch of [1, 4, 16]) {
      const measured = bitsPerByte(await scoreWindows(engine, forward, text, windows, batch), windows);
      expect(Math.abs(measured - exact)).toBeLessThan(1e-5);
    }
  });

  it("lets the model speak", async () => {
    const prompt = text.slice(0, 5);
    const clock = { budgetMs: Infinity, now: () => 0 };
    const said = await sampleTokens(engine, tinyForward(), {
      prompt,
      count: 8,
      seqLen: 16,
      temperature: 1,
      seed: 1,
      ...clock,
    });
    expect(said).toHaveLength(13);
    expect(said.subarray(0, 5)).toEqual(prompt);
    expect(Math.max(...said)).toBeLessThan(V);
  });
});
