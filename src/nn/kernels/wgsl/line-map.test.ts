import fc from "fast-check";
import { expect, it } from "vitest";
import { encodeLines, sourceLine } from "./line-map.ts";

it("writes runs of lines that follow each other, and of one line many times", () => {
  expect(encodeLines([12, 13, 14, 40, 40, 7])).toBe("//@lines 12+3 40x2 7+1");
});

it("gives every line back, and nothing beyond the last", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (sources) => {
      const text = `${sources.map(() => "x").join("\n")}\n${encodeLines(sources)}`;
      expect(sources.map((_, i) => sourceLine(text, i + 1))).toEqual(sources);
      expect(sourceLine(text, sources.length + 1)).toBeNull();
    }),
  );
  expect(sourceLine("fn f() {}", 1)).toBeNull();
});
