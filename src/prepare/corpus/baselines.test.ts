import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { measureBaselines } from "./baselines.ts";
import { ngramBitsPerByte } from "./ngram.ts";
import { seededRandom } from "../training/random.ts";

/** A direct implementation of the formula, with maps of strings. */
function naiveBits(train: Uint8Array, validation: Uint8Array, width: number): number {
  const probability = (at: number, w: number): number => {
    const below = w === 0 ? 1 / 256 : probability(at, w - 1);
    if (at < w) return below;
    const context = validation.subarray(at - w, at).join();
    const after = new Map<number, number>();
    let total = 0;
    for (let i = w; i < train.length; i++) {
      if (train.subarray(i - w, i).join() !== context) continue;
      after.set(train[i], (after.get(train[i]) ?? 0) + 1);
      total++;
    }
    if (total === 0) return below;
    return ((after.get(validation[at]) ?? 0) + after.size * below) / (total + after.size);
  };
  let bits = 0;
  for (let i = 0; i < validation.length; i++) bits -= Math.log2(probability(i, width));
  return bits / validation.length;
}

const letters = fc
  .array(fc.constantFrom(0, 97, 98, 255), { minLength: 1, maxLength: 60 })
  .map((x) => Uint8Array.from(x));

describe("n-grams", () => {
  test("are the interpolated counts of the definition", async () => {
    await fc.assert(
      fc.asyncProperty(letters, letters, async (train, validation) => {
        const bits = await ngramBitsPerByte(train, validation, 5);
        bits.forEach((value, width) => expect(value).toBeCloseTo(naiveBits(train, validation, width), 10));
      }),
      { numRuns: 40 },
    );
  });
  test("a million contexts do not disturb each other", async () => {
    const random = seededRandom(5);
    const noise = Uint8Array.from({ length: 300_000 }, () => random.below(256));
    const [unigram] = await ngramBitsPerByte(noise, noise, 1);
    expect(unigram).toBeCloseTo(8, 2);
    // A text seen before is almost determined by four bytes of context.
    expect((await ngramBitsPerByte(noise, noise, 5))[4]).toBeLessThan(1.1);
  });
});

describe("baselines", () => {
  test("are ordered uniform, unigram, bigram on text, and gzip counts the bytes that zlib counts", async () => {
    const random = seededRandom(1);
    const words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta"];
    const line = (): string => Array.from({ length: 8 }, () => words[random.below(6)]).join(" ");
    const text = (lines: number): Uint8Array =>
      new TextEncoder().encode(Array.from({ length: lines }, line).join("\n"));
    const validation = text(100);
    const b = await measureBaselines(text(1000), validation);
    expect(b.uniform).toBe(8);
    expect(b.unigram).toBeLessThan(b.uniform);
    expect(b.bigram).toBeLessThan(b.unigram);
    expect(b.order5).toBeLessThan(b.bigram);
    expect(b.gzip).toBeCloseTo((8 * gzipSync(validation).length) / validation.length, 1);
  });
});
