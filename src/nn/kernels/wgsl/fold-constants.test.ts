import { expect, it } from "vitest";
import { evaluate } from "./fold-constants.ts";

it("computes in u32 with WGSL's precedence", () => {
  const constants = new Map<string, number | boolean>([
    ["N", 7],
    ["ON", true],
  ]);
  expect(evaluate("(N + 1u) / 2u * 3u - 2u", constants)).toBe(10);
  expect(evaluate("N % 4u == 3u && !(N < 2u)", constants)).toBe(true);
  expect(evaluate("max(N, 9u) - min(N, 2u)", constants)).toBe(7);
  expect(evaluate("ON || unknown", constants)).toBe(true);
  expect(evaluate("unknown + 1u", constants)).toBeNull();
  expect(evaluate("1.5", constants)).toBeNull();
});
