import { describe, expect, it } from "vitest";
import type { Corpus } from "../../prepare/index.ts";
import { seedFor } from "../../seed/index.ts";
import { chooseArena, forwardFlops } from "./arena.ts";
import { DEFAULT_SETTINGS } from "../contract/settings.ts";

const corpus = (tokens: number, vocabSize = 1024) =>
  ({
    manifest: { hash: "h", name: "n", vocabSize },
    tokenizer: { byteLengths: new Uint16Array(vocabSize).fill(3) },
    validation: new Uint16Array(tokens),
    test: new Uint16Array(tokens),
  }) as unknown as Corpus;

describe("the arena", () => {
  it("lets scoring cost a tenth of the budget at most, at the rate the machine was measured at", () => {
    const device = { tier: "software" as const, flopsPerSecond: 6e9 };
    const arena = chooseArena(corpus(400_000), device, { ...DEFAULT_SETTINGS, budgetSeconds: 20 });
    const seconds = (arena.windows * arena.seqLen * forwardFlops("software", 1024)) / (6e9 / 3);
    expect(seconds).toBeLessThanOrEqual(2);
    expect(seconds).toBeGreaterThan(1.5);
    expect(arena.seqLen).toBe(seedFor("software").seqLen);
  });
  it("measures a budget in tokens in tokens, and takes the context that was asked for", () => {
    const device = { tier: "software" as const, flopsPerSecond: 6e9 };
    const settings = { ...DEFAULT_SETTINGS, budgetTokens: 32_000, context: 32 };
    const arena = chooseArena(corpus(400_000), device, settings);
    expect(arena).toMatchObject({ budgetTokens: 32_000, seqLen: 32, windows: 300 });
    expect(chooseArena(corpus(400_000), device, DEFAULT_SETTINGS)).not.toHaveProperty("budgetTokens");
  });
  it("takes all of the text where the machine can", () => {
    const arena = chooseArena(corpus(400_000), { tier: "desktop", flopsPerSecond: 2e13 }, DEFAULT_SETTINGS);
    expect(arena.windows).toBe(Math.floor(399_999 / arena.seqLen));
  });
  it("never scores on fewer than sixteen windows, nor on more than there are", () => {
    const slow = { tier: "software" as const, flopsPerSecond: 1e6 };
    expect(chooseArena(corpus(400_000), slow, DEFAULT_SETTINGS).windows).toBe(16);
    expect(chooseArena(corpus(1000), slow, DEFAULT_SETTINGS).windows).toBe(7);
  });
  it("keeps half of the test split as the control text, where that holds a window", () => {
    const device = { tier: "desktop" as const, flopsPerSecond: 1e12 };
    const arena = (tokens: number) =>
      chooseArena(corpus(tokens), device, { ...DEFAULT_SETTINGS, context: 64 });
    expect(arena(4001).controlTokens).toBe(2000);
    expect(arena(129).controlTokens).toBe(0);
  });
  it("keeps the logits of a batch within one binding", () => {
    const arena = chooseArena(
      corpus(400_000, 8192),
      { tier: "desktop", flopsPerSecond: 2e13 },
      DEFAULT_SETTINGS,
    );
    expect(arena.scoreBatch * arena.seqLen * 8192 * 4).toBeLessThanOrEqual(128 * 2 ** 20);
    expect(arena.scoreBatch).toBeGreaterThan(0);
  });
});
