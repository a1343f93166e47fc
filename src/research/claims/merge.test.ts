import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeLines } from "./merge.ts";

const text = (...lines: string[]) => lines.join("\n");

describe("a three-way merge", () => {
  const base = text("a", "b", "c", "d", "e", "f");
  it("takes both sides' changes where they are apart", () => {
    const ours = text("A", "b", "c", "d", "e", "f", "g");
    const theirs = text("a", "b", "c", "D", "e", "f");
    expect(mergeLines(base, ours, theirs)).toBe(text("A", "b", "c", "D", "e", "f", "g"));
    expect(mergeLines(base, text("b", "c", "d", "e", "f"), text("a", "b", "c", "x", "d", "e", "f"))).toBe(
      text("b", "c", "x", "d", "e", "f"),
    );
  });
  it("refuses different changes of one line or of neighbouring lines", () => {
    expect(
      mergeLines(base, text("a", "X", "c", "d", "e", "f"), text("a", "Y", "c", "d", "e", "f")),
    ).toBeNull();
    expect(
      mergeLines(base, text("a", "X", "c", "d", "e", "f"), text("a", "b", "Y", "d", "e", "f")),
    ).toBeNull();
  });
  it("applies a change that both made once", () => {
    const both = text("a", "X", "c", "d", "e", "f");
    expect(mergeLines(base, both, both)).toBe(both);
  });
  it("gives one side when the other changed nothing, for any texts", () => {
    const any = fc
      .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 })
      .map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(any, any, (one, other) => {
        expect(mergeLines(one, other, one)).toBe(other);
        expect(mergeLines(one, one, other)).toBe(other);
        expect(mergeLines(one, other, other)).toBe(other);
      }),
      { numRuns: 300 },
    );
  });
});
