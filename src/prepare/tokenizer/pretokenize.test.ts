import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_PIECE, pieceEnd } from "./pretokenize.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

function pieces(text: string): string[] {
  const bytes = bytesOf(text);
  const result: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = pieceEnd(bytes, at, bytes.length);
    result.push(new TextDecoder().decode(bytes.subarray(at, end)));
    at = end;
  }
  return result;
}

describe("pieces of text", () => {
  test("a word takes one space before it; numbers come in threes; punctuation runs", () => {
    expect(pieces("if (x1 === 12345) return")).toEqual([
      "if",
      " (",
      "x",
      "1",
      " ===",
      " 123",
      "45",
      ")",
      " return",
    ]);
  });
  test("line breaks take the blanks before them, indentation leaves one space for the word", () => {
    expect(pieces("a  \n\n    b\n\tc")).toEqual(["a", "  \n\n", "   ", " b", "\n", "\t", "c"]);
  });
  test("letters of other scripts are letters", () => {
    expect(pieces("naïve über-слово")).toEqual(["naïve", " über", "-", "слово"]);
  });
  test("nothing is longer than the longest piece", () => {
    expect(pieces("=".repeat(MAX_PIECE + 1)).map((piece) => piece.length)).toEqual([MAX_PIECE, 1]);
    expect(pieces(" ".repeat(2 * MAX_PIECE)).map((piece) => piece.length)).toEqual([MAX_PIECE, MAX_PIECE]);
  });
  test("on any bytes a piece is not empty, is at most MAX_PIECE long, and does not depend on later bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 50 }), (bytes, more) => {
        const longer = Uint8Array.from([...bytes, ...more]);
        for (let at = 0; at < bytes.length;) {
          const end = pieceEnd(bytes, at, bytes.length);
          expect(end).toBeGreaterThan(at);
          expect(end - at).toBeLessThanOrEqual(MAX_PIECE);
          if (at + MAX_PIECE <= bytes.length) expect(pieceEnd(longer, at, longer.length)).toBe(end);
          at = end;
        }
      }),
    );
  });
});
