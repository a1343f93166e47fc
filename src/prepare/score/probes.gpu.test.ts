// The probes on GPU kernels: an honest model must pass bit by bit, and every cheat must be found.
import { beforeEach, describe, expect, it } from "vitest";
import { Session, type Tensor } from "../../nn/index.ts";
import { ReferenceBackend } from "../../nn/reference/index.ts";
import { testEngine } from "../../nn/testing/engine.ts";
import { examinerOf, type ForwardPass } from "./examiner.ts";
import { seededRandom } from "../training/random.ts";
import { sampleTokens } from "./sample.ts";
import { scoreWindows } from "./score.ts";
import { examine } from "../testing/examine.ts";
import { cheats, tinyForward, V } from "../testing/forwards.ts";
import { makeWindows } from "./windows.ts";

const engine = await testEngine();
beforeEach(() => {
  engine.seed(1);
});

const T = 128;
const random = seededRandom(9);
const text = Uint16Array.from({ length: 4000 }, () => random.below(V - 1));
const asked = { tokens: text, vocabSize: V, starts: [0, 300, 1000, 2000], seqLen: T, batch: 4 };

describe("the probes on a GPU", () => {
  it("let an honest model pass, bit by bit", async () => {
    for (const batch of [1, 4])
      expect(await examine(engine, tinyForward(), { ...asked, batch, seqLen: 40 })).toBe(null);
  });

  it.each(Object.entries(cheats))("find %s", async (_, { twist, probe }) => {
    const found = examine(engine, tinyForward(twist), asked);
    if (probe === "crash") await expect(found).rejects.toMatchObject({ code: "crash" });
    else expect(await found).toMatchObject({ name: probe, passed: false });
  });
});

const { starts } = makeWindows(text, { byteLengths: new Uint16Array(V).fill(2) }, T, 10);
const scored = async (forward: ForwardPass, batch: number, seed = 1, draws = 0) =>
  (
    await scoreWindows(engine, forward, {
      tokens: text,
      vocabSize: V,
      starts,
      seqLen: T,
      batch,
      draws,
      random: seededRandom(seed),
    })
  ).nats;
const sum = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe("probes and score on a GPU", () => {
  it("use the score's own step, with the same rounding", async () => {
    // Adds 1e9 to the logits of a leak, which rounds it away: the probes cannot see it, and it gains nothing.
    const leaking = tinyForward(cheats["the next token"].twist);
    const lifted = (tokens: Tensor) => leaking(tokens).add(1e9);
    expect(await examine(engine, lifted, asked)).toBe(null);
    expect(sum(await scored(lifted, 4))).toBeGreaterThan(0.9 * 10 * T * Math.log(V));
    expect(examinerOf(engine, lifted, 4, T)).toBe(examinerOf(engine, lifted, 4, T));
  });
});

describe("the score on a GPU", () => {
  it("does not depend on the order, on the batch's other windows or size, or on draws: equal to the bit", async () => {
    const forward = tinyForward();
    for (const batch of [1, 4, 16]) {
      const one = await scored((tokens) => forward(tokens), batch);
      for (const seed of [2, 3])
        for (const draws of [0, 40]) expect(await scored(forward, batch, seed, draws)).toEqual(one);
    }
    expect(await scored(forward, 4)).toEqual(await scored(forward, 1));
    expect(await scored(forward, 16)).toEqual(await scored(forward, 1));
  });

  it("agrees with the float64 score to 1e-5 of its size", async () => {
    const measured = sum(await scored(tinyForward(), 4));
    const reference = new Session(new ReferenceBackend(), 1);
    reference.activate();
    reference.seed(1);
    const { nats } = await scoreWindows(reference, tinyForward(), {
      tokens: text,
      vocabSize: V,
      starts,
      seqLen: T,
      batch: 2,
      draws: 0,
      random: seededRandom(1),
    });
    engine.activate();
    expect(Math.abs(measured / sum(nats) - 1)).toBeLessThan(1e-5);
  });

  it("samples from the model", async () => {
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
