import { describe, expect, it } from "vitest";
import { parseTitles, withTitle } from "./titles.ts";

describe("the names of studies", () => {
  it("are set, replaced and removed", () => {
    const one = withTitle({}, "nov20", " Rotary bases ");
    expect(one).toEqual({ nov20: "Rotary bases" });
    expect(withTitle(withTitle(one, "nov21", "Other"), "nov20", "Bases")).toEqual({
      nov20: "Bases",
      nov21: "Other",
    });
    expect(withTitle(one, "nov20", "  ")).toEqual({});
    expect(() => withTitle(one, "nov20", "two\nlines")).toThrow("one line");
    expect(() => withTitle(one, "nov20", "x".repeat(61))).toThrow("got 61 letters");
  });

  it("are read from a journal, whatever stands there", () => {
    expect(parseTitles({ a: "A", b: 3 })).toEqual({ a: "A" });
    for (const other of [undefined, null, [], "x", 3]) expect(parseTitles(other)).toEqual({});
  });
});
