import { describe, expect, it } from "vitest";
import { seededRandom } from "../training/random.ts";
import { elsewhere, secretBatches } from "./secret-batches.ts";

const T = 16;
const adjacent = (count: number) => Uint32Array.from({ length: count }, (_, w) => w * T);

describe("secret batches", () => {
  it("hold every window once, in another order for another seed", () => {
    const orders = [1, 2].map((seed) => {
      const batches = secretBatches(adjacent(45), T, 60 * T, 8, seededRandom(seed));
      expect(batches).toHaveLength(6);
      for (const { windows, starts } of batches) {
        expect(starts).toHaveLength(8);
        windows.forEach((window, row) => expect(starts[row]).toBe(window * T));
      }
      return batches.flatMap(({ windows }) => windows);
    });
    for (const order of orders) expect([...order].sort((a, b) => a - b)).toEqual([...Array(45).keys()]);
    expect(orders[0]).not.toEqual(orders[1]);
  });

  it("hold no neighbours and no row twice, filled ones neither", () => {
    for (let seed = 0; seed < 40; seed++) {
      for (const count of [19, 33, 64]) {
        for (const { starts } of secretBatches(adjacent(count), T, 200 * T, 8, seededRandom(seed))) {
          const near = starts.filter((a, i) => starts.some((b, j) => i !== j && Math.abs(a - b) < 2 * T));
          expect(near, `seed ${seed}, ${count} windows`).toEqual([]);
        }
      }
    }
  });

  it("fill up from a short text", () => {
    const [only] = secretBatches(adjacent(2), T, 2 * T + 1, 4, seededRandom(1));
    expect(only.windows.length).toBe(2);
    expect(new Set(only.starts).size).toBe(4);
    expect(Math.max(...only.starts)).toBeLessThanOrEqual(T);
    expect(elsewhere([0], T, T + 1, seededRandom(1))).toBe(0);
  });
});
