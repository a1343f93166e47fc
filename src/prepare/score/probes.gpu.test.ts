// The probes on real kernels: an honest model must pass bit by bit, and every cheat must be found there too.
import { beforeEach, describe, expect, it } from "vitest";
import { Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { testEngine } from "../../nn/testing/engine.ts";
import { examinerOf } from "./examiner.ts";
import { probeForward } from "./probes.ts";
import { seededRandom } from "../training/random.ts";
import { sampleTokens } from "./sample.ts";
import { scoreWindows } from "./score.ts";
import { cheats, tinyForward, V } from "../testing/forwards.ts";
import { bitsPerByte, makeWindows } from "./windows.ts";

const engine = await testEngine();
beforeEach(() => {
  engine.seed(1);
});

const T = 128;
const random = seededRandom(9);
const text = Uint16Array.from({ length: 4000 }, () => random.below(V - 1));
const options = {
  batch: 4,
  seqLen: T,
  vocabSize: V,
  text,
  seed: 5,
  thorough: true,
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
    expect(probes[3].detail).toBe("every position");
  });

  it.each(Object.entries(cheats))("find %s", async (_, { twist, probe }) => {
    const probes = await probeForward(engine, tinyForward(twist), options);
    expect(probes.filter(({ passed }) => !passed).map(({ name }) => name)).toEqual([probe]);
  });
});

describe("probes and score on a GPU", () => {
  it("see what the score sees: one step for both, with the same rounding", async () => {
    const windows = makeWindows(text, { byteLengths: new Uint16Array(V).fill(1) }, T, 16);
    const honest = await scoreWindows(engine, tinyForward(), text, windows, 4);
    // A leak lifted to where it is rounded away: the probes cannot see it, and it gains nothing.
    const leaking = tinyForward(cheats["the next token"].twist);
    const lifted = (tokens: Tensor) => leaking(tokens).add(1e9);
    expect((await probeForward(engine, lifted, options)).every(({ passed }) => passed)).toBe(true);
    const nats = await scoreWindows(engine, lifted, text, windows, 4);
    expect(sum(nats)).toBeGreaterThan(0.9 * 16 * T * Math.log(V));
    expect(sum(honest)).toBeGreaterThan(0);
    expect(examinerOf(engine, lifted, 4, T)).toBe(examinerOf(engine, lifted, 4, T));
  });
});
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

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
