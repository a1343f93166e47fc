import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { typings } from "../../../scripts/vite-typings.ts";
import { seedFor } from "../../seed/index.ts";
import type { Diagnostic } from "../contract/lab-state.ts";
import { typeCheck } from "./type-check.ts";

let check: (source: string) => Diagnostic[];
beforeAll(() => {
  check = typeCheck(typings(process.cwd()));
}, 60_000);

const seed = readFileSync("src/seed/train.ts", "utf8");

describe("the type check of train.ts", () => {
  it("accepts the seed with the constants of every tier", () => {
    for (const tier of ["software", "integrated", "laptop", "desktop"] as const) {
      expect(check(seedFor(tier).source)).toEqual([]);
    }
  });
  it("names the line and column of an error", () => {
    const lines = seed.split("\n");
    const at = lines.findIndex((line) => line.includes("loss.backward()"));
    lines[at] = "  loss.backwards();";
    const [first] = check(lines.join("\n"));
    expect(first).toMatchObject({ line: at + 1, column: 8 });
    expect(first.message).toContain("backwards");
  });
  it("reports syntax errors, unknown modules and missing globals", () => {
    expect(check("const x = ;")[0].message).toMatch(/Expression expected/);
    expect(check('import x from "fs"; x;')[0].message).toMatch(/fs/);
    expect(check("fetch('https://example.org');")[0].message).toMatch(/fetch/);
    expect(check("document.title;")[0].message).toMatch(/document/);
  });
  it("forgets one source before it reads the next", () => {
    expect(check("const n: number = 'a';")).toHaveLength(1);
    expect(check("const n: number = 1; n;")).toEqual([]);
    expect(check("")).toEqual([]);
  });
  it("reports at most twenty errors", () => {
    expect(
      check(Array.from({ length: 50 }, (_, i) => `const a${i}: string = ${i};`).join("\n")),
    ).toHaveLength(20);
  });
});
