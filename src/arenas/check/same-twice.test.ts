import { describe, expect, it } from "vitest";
import { uniform } from "../../random.ts";
import { falseKeepShare, type Judge, type Run, smallestGain, spread } from "./same-twice.ts";

const random = uniform("test");
const noisy = (deviation: number): Run[] =>
  Array.from({ length: 24 }, (_, seed) => {
    const chunks = Array.from({ length: 12 }, (_, i) => i + deviation * (random() - 0.5));
    return { seed, chunks, valBpb: chunks.reduce((sum, chunk) => sum + chunk, 0) / chunks.length };
  });
const mean = (runs: readonly Run[]) => runs.reduce((sum, { valBpb }) => sum + valBpb, 0) / runs.length;
/** Keeps every candidate with a lower mean. */
const plain: Judge = (incumbent, candidate) => (mean(candidate) < mean(incumbent) ? "keep" : "discard");

describe("a candidate against itself", () => {
  it("is kept half the time by the plain rule", () => {
    const share = falseKeepShare(noisy(1), plain);
    expect(share).toBeGreaterThan(0.35);
    expect(share).toBeLessThan(0.65);
  });

  it("is never kept by a rule that keeps nothing, and no rule is called without runs", () => {
    expect(falseKeepShare(noisy(1), () => "discard")).toBe(0);
    expect(
      falseKeepShare(noisy(1), (incumbent, candidate) => {
        expect(incumbent.length).toBeGreaterThanOrEqual(3);
        return candidate.length < 3 ? "replicate" : "discard";
      }),
    ).toBe(0);
  });

  it("is not searched for a gain that no rule would keep", () => {
    expect(smallestGain(noisy(1), () => "discard")).toBe(Infinity);
  });

  it("needs a gain that grows with the noise", () => {
    const [quiet, loud] = [noisy(0.1), noisy(1)];
    expect(spread(loud)).toBeGreaterThan(5 * spread(quiet));
    expect(smallestGain(loud, plain)).toBeGreaterThan(5 * smallestGain(quiet, plain));
  });
});
