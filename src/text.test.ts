import { describe, expect, it } from "vitest";
import { asSource, excerpt, oneLine, printable, shorten } from "./text.ts";

const MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206f";

describe("untrusted text", () => {
  it("becomes one line in the order that it is stored in", () => {
    for (const mark of MARKS) expect(oneLine(`a${mark}b`)).toBe("ab");
    expect(oneLine("a\n\tb\u2028c \u0007 d\ud800")).toBe("a b c d\ufffd");
    expect(oneLine("שלום und Δ")).toBe("שלום und Δ");
  });
  it("is cut between characters, never inside one", () => {
    expect(shorten("abc", 3)).toBe("abc");
    expect(shorten("abcd", 3)).toBe("ab…");
    expect(shorten("😀😀😀😀", 3)).toBe("😀😀…");
    expect(excerpt(`${"x".repeat(65_536)}`).length).toBe(300);
  });
  it("is printed as equal JSON without characters that reorder text", () => {
    const value = { text: `a${MARKS}b"` };
    const line = printable(value);
    for (const mark of MARKS) expect(line).not.toContain(mark);
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe("a source file", () => {
  it("gets lines that end in a line feed, from any source", () => {
    expect(asSource("\uFEFFa\r\nb\rc\n\r\n")).toBe("a\nb\nc\n\n");
  });
});
