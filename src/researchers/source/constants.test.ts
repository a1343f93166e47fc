import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parseConstants, setConstants } from "./constants.ts";
import { normaliseSource } from "./normalise.ts";

const seed = readFileSync(new URL("../../seed/train.ts", import.meta.url), "utf8");

describe("parseConstants", () => {
  it("reads every constant of the seed with its range", () => {
    const constants = parseConstants(seed);
    expect(constants.map((c) => c.name)).toContain("MATRIX_LR");
    for (const constant of constants) {
      expect(constant.used, constant.name).toBe(true);
      expect(constant.range, constant.name).not.toBeNull();
      expect(constant.value).toBeGreaterThanOrEqual(constant.range!.low);
      expect(constant.value).toBeLessThanOrEqual(constant.range!.high);
    }
    expect(constants.find((c) => c.name === "BATCH")?.range).toMatchObject({
      scale: "power",
      low: 1,
      high: 128,
    });
    expect(constants.find((c) => c.name === "HEAD_DIM")?.range).toMatchObject({ scale: "linear", step: 16 });
    expect(constants.find((c) => c.name === "WARMDOWN")?.range?.step).toBeNull();
    expect(constants.find((c) => c.name === "DEPTH")?.range?.step).toBe(1);
  });

  it("reads both spellings of a range, signs and exponents, and takes nothing else for a constant", () => {
    const source = [
      "const A = -1e-3; // a thing [-1, 1]",
      "const B = 1_000; // [10, 1e5] log",
      "const C = 2 * 3; // (1..9)",
      "let D = 4; // (1..9)",
      "const E = 5, F = 6;",
      "function f() { const G = 7; return G; }",
      "const H = 8; // eight (of them)",
      '/* const I = 9; */ const s = "const J = 10;";',
    ].join("\n");
    expect(parseConstants(source).map(({ name, value }) => [name, value])).toEqual([
      ["A", -0.001],
      ["B", 1000],
      ["H", 8],
    ]);
    expect(parseConstants(source)[0]).toMatchObject({
      meaning: "a thing",
      range: { low: -1, high: 1, scale: "linear" },
    });
    expect(parseConstants(source)[1]?.range).toMatchObject({ low: 10, high: 1e5, scale: "log" });
    expect(parseConstants(source)[2]).toMatchObject({ meaning: "eight (of them)", range: null, used: false });
  });

  it("reads a choice, and takes one number for none", () => {
    const ranges = ["way (1|2|4)", "way [ -1 | 0.5 ]", "way (3)", "way (2|2)"].map(
      (comment) => parseConstants(`const A = 1; // ${comment}\nuse(A);`)[0]?.range ?? null,
    );
    const choice = { scale: "choice", step: null } as const;
    expect(ranges).toEqual([
      { ...choice, low: 1, high: 4, choices: [1, 2, 4] },
      { ...choice, low: -1, high: 0.5, choices: [-1, 0.5] },
      null,
      null,
    ]);
  });

  it("sets only constants that the source declares", () => {
    const changed = setConstants(seed, { DEPTH: 6, MATRIX_LR: 1e-7 });
    expect(changed).toContain("const DEPTH = 6; // transformer blocks");
    expect(changed).toContain("const MATRIX_LR = 1e-7;");
    expect(setConstants(changed, { DEPTH: 4, MATRIX_LR: 0.02 })).toBe(seed);
    expect(() => setConstants(seed, { NOPE: 1 })).toThrow(/declares no number NOPE/);
  });
});

describe("normaliseSource", () => {
  it("sees through layout, comments, trailing commas, spellings of numbers and dead constants", () => {
    const a = "const A = 0.001; // one\nconst DEAD = 3;\nf(A, [1,2]);";
    const b = "/* two */ const A = 1e-3;\n\nconst DEAD = 4; f(\n  A,\n  [1, 2,],\n);";
    expect(normaliseSource(a)).toBe(normaliseSource(b));
  });
  it("keeps differences that change the program", () => {
    expect(normaliseSource("f(`a  b`)")).not.toBe(normaliseSource("f(`a b`)"));
    expect(normaliseSource("const A = 1; f(A);")).not.toBe(normaliseSource("const A = 2; f(A);"));
    expect(normaliseSource("a - -b")).not.toBe(normaliseSource("a + b"));
  });
});
