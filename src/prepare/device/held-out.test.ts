import { expect, it } from "vitest";
import { controlTokensOf, heldOutSplits } from "./held-out.ts";

const validation = Uint16Array.of(1, 2, 3);
const test = Uint16Array.from({ length: 9 }, (_, i) => 10 + i);

it("gives a new study half of the test split as its control text, if that holds a window", () => {
  expect(controlTokensOf(test, 3)).toBe(4);
  expect(controlTokensOf(test, 4)).toBe(0); // a window of four has five tokens
  expect(controlTokensOf(new Uint16Array(0), 4)).toBe(0);
});

it("cuts the control text off the end of the test split, and does not change the test split of older studies", () => {
  expect(heldOutSplits({ validation, test }, { controlTokens: 4 })).toEqual({
    validation,
    test: Uint16Array.of(10, 11, 12, 13, 14),
    control: Uint16Array.of(15, 16, 17, 18),
  });
  for (const arena of [{}, { controlTokens: 0 }])
    expect(heldOutSplits({ validation, test }, arena)).toEqual({ validation, test, control: null });
});
