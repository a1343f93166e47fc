import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";

test("the same seed gives the same numbers, another seed others, all evenly in [0, 1)", () => {
  const draw = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 20_000 }, () => random.next());
  };
  const numbers = draw(7);
  expect(draw(7)).toEqual(numbers);
  expect(draw(8)[0]).not.toBe(numbers[0]);
  expect(draw(7 + 2 ** 32)[0]).not.toBe(numbers[0]);
  const tenths = new Array<number>(10).fill(0);
  for (const x of numbers) tenths[Math.floor(10 * x)]++;
  for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(200);
});
