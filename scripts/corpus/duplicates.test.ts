import { describe, expect, test } from "vitest";
import { seededRandom } from "../../src/prepare/training/random.ts";
import { SeenRuns, runsOfWords } from "./duplicates.ts";
import { cutPieces } from "./pieces.ts";

const random = seededRandom(9);
const sentence = (): string => Array.from({ length: 12 }, () => `word${random.below(500)}`).join(" ");

const esm = `import { merge, split } from "./words.js";
import defaults from "./defaults.js";
/** Reads the options and fills in what the caller has left out, without touching the argument. */
export const readOptions = (options, fallback) => {
  const merged = merge(defaults, fallback, split(options));
  if (merged.verbose) reportTo(merged.stream, "options", merged);
  return freezeDeeply(merged);
};
export default readOptions;
`;
const cjs = `"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.readOptions = void 0;
const words_js_1 = require("./words.js");
const defaults_js_1 = require("./defaults.js");
/** Reads the options and fills in what the caller has left out, without touching the argument. */
const readOptions = (options, fallback) => {
    const merged = (0, words_js_1.merge)(defaults_js_1.default, fallback, (0, words_js_1.split)(options));
    if (merged.verbose)
        reportTo(merged.stream, "options", merged);
    return freezeDeeply(merged);
};
exports.readOptions = readOptions;
exports.default = readOptions;
`;

describe("near copies", () => {
  test("the CommonJS copy of an ES module is found, another text is not", () => {
    const seen = new SeenRuns();
    seen.add(runsOfWords(esm));
    expect(seen.share(runsOfWords(esm))).toBe(1);
    expect(seen.share(runsOfWords(cjs))).toBeGreaterThan(0.5);
    expect(seen.share(runsOfWords(sentence().repeat(5)))).toBe(0);
  });
  test("the share is that of the words in common", () => {
    const seen = new SeenRuns();
    const [known, fresh] = [0, 1].map(() => Array.from({ length: 100 }, sentence).join(".\n"));
    seen.add(runsOfWords(known));
    expect(seen.share(runsOfWords(`${known}\n${fresh}`))).toBeCloseTo(0.5, 1);
    expect(seen.share(runsOfWords(fresh))).toBeLessThan(0.01);
  });
  test("a text without words is a copy", () => {
    expect(new SeenRuns().share(runsOfWords("{ ( 1, 2 ) }"))).toBe(1);
  });
});

test("long files are cut at top-level lines, and nothing is lost", () => {
  const bundle = Array.from({ length: 400 }, (_, i) => `function f${i}() {\n  ${sentence()}\n}\n\n`).join("");
  const pieces = cutPieces(bundle);
  expect(pieces.join("")).toBe(bundle);
  expect(pieces.length).toBeGreaterThan(2);
  for (const piece of pieces) {
    expect(piece.startsWith("function")).toBe(true);
    expect(piece.length).toBeLessThan(16_000);
  }
  const nested = `(function () {\n${"  indented(line);\n".repeat(20_000)}})();\n`;
  expect(cutPieces(nested).join("")).toBe(nested);
  expect(Math.max(...cutPieces(nested).map((piece) => piece.length))).toBeLessThan(50_000);
  expect(cutPieces("short\n")).toEqual(["short\n"]);
});
