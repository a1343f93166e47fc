import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { choose, suiteOf } from "./choose.mjs";

const NAMES = ["format", "unit", "gpu", "browser", "e2e"];
const root = mkdtempSync(join(tmpdir(), "overnight-choose-"));
const FILES = [
  "src/nn/plan/plan.test.ts",
  "src/nn/plan/plan.gpu.test.ts",
  "src/nn/plan/plan.ts",
  "src/nn/planner.test.ts",
  "src/ui/chart.test.tsx",
  "tests/runner/sandbox.browser.test.ts",
  "tests/e2e/study.spec.ts",
  "tests/e2e/lab.ts",
  "docs/notes.md",
];
for (const file of FILES) {
  mkdirSync(dirname(join(root, file)), { recursive: true });
  writeFileSync(join(root, file), "");
}
afterAll(() => {
  rmSync(root, { recursive: true });
});
const chosen = (...words: string[]) =>
  Object.fromEntries(choose(words, NAMES, root).map(({ name, files }) => [name, files]));

it("runs everything, in order, where nothing is named", () => {
  expect(choose([], NAMES, root)).toEqual(NAMES.map((name) => ({ name, files: [] })));
});

it("runs the suites that are named, in order", () => {
  expect(choose(["e2e", "unit", "e2e"], NAMES, root)).toEqual([
    { name: "unit", files: [] },
    { name: "e2e", files: [] },
  ]);
});

it("runs a file in the suite it belongs to", () => {
  expect(chosen("src/nn/plan/plan.gpu.test.ts")).toEqual({ gpu: ["src/nn/plan/plan.gpu.test.ts"] });
  expect(chosen("./src/ui/chart.test.tsx")).toEqual({ unit: ["src/ui/chart.test.tsx"] });
  expect(chosen(join(root, "tests/e2e/study.spec.ts"))).toEqual({ e2e: ["tests/e2e/study.spec.ts"] });
  expect(suiteOf("tests/hostile/hostile.browser.test.ts")).toBe("browser");
  expect(suiteOf("tests/durability/kill.browser.test.ts")).toBe("durability");
});

it("runs the tests of a folder and of no other, each once", () => {
  const both = { unit: ["src/nn/plan/plan.test.ts"], gpu: ["src/nn/plan/plan.gpu.test.ts"] };
  expect(chosen("src/nn/plan")).toEqual(both);
  expect(chosen("src/nn/plan/", "src/nn/plan/plan.test.ts")).toEqual(both);
  expect(chosen("tests")).toEqual({
    browser: ["tests/runner/sandbox.browser.test.ts"],
    e2e: ["tests/e2e/study.spec.ts"],
  });
});

it("runs a whole suite where it is named beside one of its files", () => {
  expect(chosen("src/nn/plan", "unit")).toEqual({ unit: [], gpu: ["src/nn/plan/plan.gpu.test.ts"] });
});

it.each([
  ["unti", /^unknown test, got unti, expected one of format, unit, gpu, browser, e2e, or a path$/],
  ["src/nn/gone.test.ts", /^unknown test, got src\/nn\/gone\.test\.ts, /],
  ["", /^unknown test, got "", /],
  ["docs", /^no test under docs, /],
  ["src/nn/plan/plan.ts", /^no test under src\/nn\/plan\/plan\.ts, /],
  ["tests/e2e/lab.ts", /^no test under tests\/e2e\/lab\.ts, /],
])("refuses %j", (word, line) => {
  expect(() => choose(["unit", word], NAMES, root)).toThrow(line);
});

it("ends `npm test` with one line and status 1", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/test.mjs", "unti"], { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^overnight: unknown test, got unti, expected one of format, .*, e2e, or a path\n$/);
});

it("has a script in package.json for every suite a file can belong to", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
    scripts: Record<string, string>;
  };
  for (const file of FILES.filter((file) => suiteOf(file) !== null))
    expect(scripts).toHaveProperty([`test:${suiteOf(file)}`]);
});
