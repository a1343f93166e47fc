import { runInThisContext } from "node:vm";
import { expect, it } from "vitest";
import { Lines } from "./node-lines.ts";

/** Calls `here` from the second line of a script with this name. */
const ask = (lines: Lines, filename: string): number =>
  (runInThisContext("(lines) =>\n lines.here()", { filename }) as (lines: Lines) => number)(lines);

it("are looked for on the stack, by the script's name", () => {
  const lines = new Lines("train.ts");
  expect(ask(lines, "train.ts")).toBe(2);
  expect(ask(lines, "other.ts")).toBe(0);
  expect(ask(new Lines(null), "train.ts")).toBe(0);
});

it("are the line of `at` inside it, and the stack's line after it, even after an error", () => {
  const lines = new Lines("train.ts");
  expect(lines.at(9, () => ask(lines, "train.ts"))).toBe(9);
  expect(() =>
    lines.at(9, () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(ask(lines, "train.ts")).toBe(2);
});

it("are looked for ten thousand times a step and no more", () => {
  const lines = new Lines("train.ts");
  const found = Array.from({ length: 10_001 }, () => ask(lines, "train.ts"));
  expect([found[9_999], found[10_000]]).toEqual([2, 0]);
  lines.forget();
  expect(ask(lines, "train.ts")).toBe(2);
});
