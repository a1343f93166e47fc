import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, expect, test } from "vitest";
import { SEPARATOR } from "../../src/prepare/corpus/manifest.ts";
import { seededRandom } from "../../src/prepare/training/random.ts";
import { buildText } from "./build.ts";
import { runsOfWords, SeenRuns } from "./duplicates.ts";
import { familyOf } from "./families.ts";
import { builtManifest, recipeOf } from "./recipe.ts";
import { writeCorpus } from "./write.ts";

// A made-up project: forty packages with generated sources, some of them copies.
const SIZES = {
  heldOut: 20_000,
  largestHeldOut: 12_000,
  minimum: { train: 50_000, validation: 15_000, test: 15_000 },
};
const script = join(dirname(dirname(fileURLToPath(import.meta.url))), "corpus.ts");
const folders: string[] = [];
let project: Record<string, string>;

beforeEach(() => {
  project = {};
  const random = seededRandom(11);
  const name = (): string =>
    `${"bcdfghklmnprstvz"[random.below(16)]}${"aeiou"[random.below(5)]}`.repeat(1 + random.below(2));
  const word = (): string => name() + name() + name();
  const source = (): string =>
    Array.from(
      { length: 14 },
      () =>
        `/** ${Array.from({ length: 9 }, word).join(" ")}. */\nexport function ${word()}(${word()}) {\n  return ${word()}(${word()}.${word()});\n}\n`,
    ).join("\n");
  const lock: Record<string, object> = { "": {} };
  for (let p = 0; p < 40; p++) {
    const path = `node_modules/${word()}${p}`;
    lock[path] = { version: "1.0.0", integrity: `sha512-${p}` };
    project[`${path}/package.json`] = JSON.stringify({
      version: "1.0.0",
      license: p === 3 ? "UNLICENSED" : "MIT",
    });
    for (let f = 0; f < 4; f++) project[`${path}/esm/${word()}.js`] = source();
  }
  lock["node_modules/platform"] = { version: "1.0.0", os: ["plan9"], optional: true };
  project["package-lock.json"] = JSON.stringify({ lockfileVersion: 3, packages: lock });
});
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** Writes the project's files in the given order and with the given age [seconds]. */
function install(order: (paths: string[]) => string[], seconds: number): string {
  const root = mkdtempSync(join(tmpdir(), "project-"));
  folders.push(root);
  for (const path of order(Object.keys(project))) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), project[path]);
    utimesSync(join(root, path), seconds, seconds);
  }
  return root;
}
const plain = (): string => install((paths) => paths, 1e9);

function contents(folder: string): [string, string][] {
  return readdirSync(folder)
    .sort()
    .map((name) => [name, readFileSync(join(folder, name)).toString("latin1")]);
}

test("the same packages give the same bytes, however and whenever they were installed", async () => {
  const roots = [plain(), install((paths) => paths.reverse(), 1.5e9)];
  mkdirSync(join(roots[1], "node_modules/platform"));
  writeFileSync(join(roots[1], "node_modules/platform/index.js"), project[Object.keys(project)[1]]);
  const built: [string, string][][] = [];
  for (const root of roots) {
    await writeCorpus(join(root, "out"), buildText(root, SIZES), recipeOf(root, script));
    built.push(contents(join(root, "out")));
  }
  expect(built[1]).toEqual(built[0]);
});

test("families do not straddle, and no held-out text resembles the training text", () => {
  const { text, packages } = buildText(plain(), SIZES);
  const splitOf = new Map<string, string>();
  for (const { name, split } of packages) {
    expect(splitOf.get(familyOf(name)) ?? split).toBe(split);
    splitOf.set(familyOf(name), split);
  }
  const decoded = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const seen = new SeenRuns();
  seen.add(runsOfWords(decoded(text.train)));
  expect(seen.share(runsOfWords(decoded(text.validation)))).toBeLessThan(0.01);
  expect(decoded(text.test).endsWith(`}\n${SEPARATOR}`)).toBe(true);
  expect(packages.length).toBe(39); // all but the one without a licence
});

test("exact and near copies are in the corpus once, also across packages", () => {
  const before = buildText(plain(), SIZES);
  const originals = Object.keys(project).filter((path) => path.endsWith(".js"));
  for (const path of originals.slice(0, 60)) {
    project[path.replace("/esm/", "/cjs/").replace(/js$/, "cjs")] =
      `"use strict";\n${project[path].replace(/export function (\w+)/g, "exports.$1 = $1;\nfunction $1")}`;
  }
  const last = dirname(dirname(originals[originals.length - 1]));
  originals.slice(16, 56).forEach((path, i) => (project[`${last}/vendored/${i}.js`] = project[path]));
  const after = buildText(plain(), SIZES);
  const size = ({ text }: typeof before): number =>
    text.train.length + text.validation.length + text.test.length;
  expect(Math.abs(size(after) / size(before) - 1)).toBeLessThan(0.005);
  expect(after.leftOut.get("near copy")).toBeGreaterThan(100_000);
});

test("too little text is an error, and so is a package of another version than the lockfile's", () => {
  expect(() => buildText(plain(), { ...SIZES, minimum: { train: 1e9, validation: 0, test: 0 } })).toThrow(
    /bytes of train text/,
  );
  const manifest = Object.keys(project).find((path) => path.endsWith("package.json"))!;
  project[manifest] = JSON.stringify({ version: "2.0.0", license: "MIT" });
  expect(() => buildText(plain(), SIZES)).toThrow(/locked is 1\.0\.0: run npm ci/);
  expect(() =>
    buildText(
      install((paths) => paths.filter((path) => path !== manifest), 1e9),
      SIZES,
    ),
  ).toThrow(/run npm ci/);
});

test("a built corpus is recognised until the packages, the code or a file changes", async () => {
  const root = plain();
  const out = join(root, "out");
  const recipe = recipeOf(root, script);
  expect(builtManifest(out, recipe)).toBeNull();
  const manifest = await writeCorpus(out, buildText(root, SIZES), recipe);
  expect(builtManifest(out, recipe)).toEqual(manifest);
  expect(builtManifest(out, { ...recipe, code: "other" })).toBeNull();
  const lock = project["package-lock.json"];
  writeFileSync(join(root, "package-lock.json"), lock.replace("sha512-7", "sha512-x"));
  expect(builtManifest(out, recipeOf(root, script))).toBeNull();
  rmSync(join(out, manifest.shards[0].url));
  expect(builtManifest(out, recipe)).toBeNull();
});
