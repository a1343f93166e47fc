// Chooses the tests of `npm test -- WORD …`: the name of a suite means the whole suite, a path the tests under it, each
// in its own suite.
import { readdirSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";

/** The suite of a file, by its path below the checkout; null for a file that is not a test. */
export function suiteOf(path) {
  if (/^tests\/e2e\/.*\.spec\.ts$/.test(path)) return "e2e";
  if (!/^(src|tests|scripts)\/.*\.test\.tsx?$/.test(path) || path.startsWith("tests/e2e/")) return null;
  if (path.endsWith(".gpu.test.ts")) return "gpu";
  if (!path.endsWith(".browser.test.ts")) return "unit";
  return path.startsWith("tests/durability/") ? "durability" : "browser";
}

/**
 * The suites to run, in the order of `names`, with the files of each; no files means all. Throws a one-line Error for a
 * word that is neither a suite nor a path with tests.
 */
export function choose(words, names, root) {
  if (words.length === 0) return names.map((name) => ({ name, files: [] }));
  const whole = new Set();
  const files = new Map();
  for (const word of words) {
    if (names.includes(word)) {
      whole.add(word);
      continue;
    }
    const found = testsUnder(word, names, root);
    for (const path of found) {
      const suite = suiteOf(path);
      files.set(suite, (files.get(suite) ?? new Set()).add(path));
    }
  }
  return names
    .filter((name) => whole.has(name) || files.has(name))
    .map((name) => ({ name, files: whole.has(name) ? [] : [...files.get(name)] }));
}

function testsUnder(word, names, root) {
  const at = resolve(root, word);
  const info = word === "" ? undefined : statSync(at, { throwIfNoEntry: false });
  if (info === undefined)
    throw new Error(`unknown test, got ${word || '""'}, expected one of ${names.join(", ")}, or a path`);
  const all = info.isDirectory()
    ? readdirSync(at, { recursive: true, encoding: "utf8" }).map((name) => join(at, name))
    : [at];
  const tests = all
    .map((file) => relative(root, file).replaceAll(sep, "/"))
    .filter((path) => suiteOf(path) !== null)
    .sort();
  if (tests.length === 0)
    throw new Error(
      `no test under ${word}, expected a *.test.ts of src, tests or scripts, or a *.spec.ts of tests/e2e`,
    );
  return tests;
}
