import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { literalsOf } from "./literals.ts";

describe("literals of a source", () => {
  it("decode the escapes that JavaScript decodes", () => {
    for (const literal of [
      String.raw`"\x41\u0042\u{43}\u{1F600}\n\t\0\'\"\\\q"`,
      '"a\\\nb"',
      "'plain'",
      String.raw`'\u{0000041}'`.replace("0000041", "000041"),
    ]) {
      const value = new Function(`return ${literal}`)() as string;
      expect(literalsOf(`const a = ${literal};`).strings.text).toBe(value);
    }
  });
  it("decode every JSON string", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (value) => {
        expect(literalsOf(`const a = ${JSON.stringify(value)};`).strings.text).toBe(value);
      }),
    );
  });
  it("keep their order and the places they were written at", () => {
    const source = "const a = 'ab' + `c${1}d` + /ef/.source;\nconst b = { gh: 'i' }; // jk\n/* l */";
    const { strings, comments, code } = literalsOf(source);
    expect(strings.text).toBe("abcd/ef/ghi");
    expect([...strings.text].map((letter, i) => letter === source[strings.from[i]])).not.toContain(false);
    expect(comments.text).toBe(" jk l */");
    expect(code.text).toBe(source);
  });
  it("read numbers as JavaScript does", () => {
    const { numbers, large } = literalsOf("f(12, -3, 0x1F, 1_000, 0b11, 1e3, 0.5, a - 4, - 5, 258n)");
    expect(numbers.values).toEqual([12, -3, 31, 1000, 3, 1000, -1, -4, -5]);
    expect(large.values).toEqual([1, 2]);
  });
  it("are read without an error from source that does not parse", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(..."'\"`${}/\\*0x1n_au \n"), maxLength: 40 }),
        (source) => {
          expect(() => literalsOf(source)).not.toThrow();
        },
      ),
      { numRuns: 500 },
    );
  });
});
