// The bound of draws.ts against the measured frequency of misses.
import { describe, expect, it } from "vitest";
import { DEFAULT_NOISE, drawsFor, MISS, smallestFound } from "./draws.ts";
import { seededRandom } from "../training/random.ts";
import { shuffled } from "./secret-batches.ts";

describe("draws", () => {
  it("are as many as miss the smallest leak worth finding once in a thousand", () => {
    const hidden = 4;
    const draws = drawsFor(DEFAULT_NOISE, hidden);
    expect(Math.exp((-draws * DEFAULT_NOISE) / hidden)).toBeLessThanOrEqual(MISS);
    expect(Math.exp((-(draws - 1) * DEFAULT_NOISE) / hidden)).toBeGreaterThan(MISS);
    expect(smallestFound(draws, hidden)).toBeLessThanOrEqual(DEFAULT_NOISE);
    expect(smallestFound(draws - 1, hidden)).toBeGreaterThan(DEFAULT_NOISE);
  });

  it("are bounded where the noise is zero, and few where it is as large as the score", () => {
    expect(drawsFor(0, 4)).toBe(drawsFor(0.002, 4));
    expect(drawsFor(100, 4)).toBe(7);
  });

  it("miss no more leaks than the bound says, wherever in the rows they act", () => {
    // Leaks at a fraction Q of the places of W rows, in few rows or in all; a draw of a place finds its leak with q.
    const [W, T] = [12, 32];
    const random = seededRandom(4);
    const trials = 4000;
    for (const { rows, per, q } of [
      { rows: W, per: 1, q: 1 },
      { rows: 1, per: T - 1, q: 0.5 },
      { rows: 3, per: 8, q: 0.5 },
    ]) {
      const Q = (rows * per * q) / (W * T);
      for (const draws of [W, 2 * W + 5]) {
        let missed = 0;
        for (let trial = 0; trial < trials; trial++) {
          const order = shuffled(W, random);
          const found = order.some((row, place) => {
            const k = Math.floor(draws / W) + (place < draws % W ? 1 : 0);
            const leaks = (cut: number) => row < rows && cut < per && random.next() < q;
            return shuffled(T - 1, random)
              .slice(0, k)
              .some(leaks);
          });
          if (!found) missed++;
        }
        const bound = Math.exp(-draws * Q);
        const error = Math.sqrt((bound * (1 - bound)) / trials);
        expect(missed / trials, `${rows} rows, ${draws} draws`).toBeLessThan(bound + 4 * error);
      }
    }
  });
});
