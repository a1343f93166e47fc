// `npm test`: runs every script `test:…` of package.json and installs missing packages first. `npm test -- WORD …` runs
// suites by name and tests by path (test/choose.mjs). Ends with `N passed, N failed`; format, types, lint and build
// count as one test each.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureChromium, fail, prepare, root } from "./setup.mjs";
import { choose } from "./test/choose.mjs";
import { capture } from "./test/capture.mjs";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const names = Object.keys(scripts).flatMap((name) => (name.startsWith("test:") ? [name.slice(5)] : []));
// Two suites at a time keep two cores busy: a GPU test waits half of its time for the CPU, and a page for its budget.
// The short checks come first, then the longest suites, so that neither slot waits long at the end. `build` runs before
// all: it makes the page that the suites in a browser open.
const ORDER = ["format", "types", "lint", "browser", "e2e", "gpu", "unit", "durability", "gpu-plain"];
const SLOTS = 2;
const NEED_CHROMIUM = ["gpu", "gpu-plain", "browser", "durability", "e2e"];
const out = join(root, "test-results");
const env = {};
let passed = 0;
let failed = 0;

let chosen;
try {
  chosen = choose(process.argv.slice(2), names, root);
} catch (error) {
  fail(error.message);
}
await prepare({ corpus: false }); // the suite `build` builds the corpus
if (chosen.some(({ name }) => NEED_CHROMIUM.includes(name))) env.CHROMIUM = await ensureChromium();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/** The flags with which a runner writes a report, and the function that counts the report's tests; none for a check. */
function reporting(name) {
  const file = join(out, `${name}.json`);
  const read = (count) => () => (existsSync(file) ? count(JSON.parse(readFileSync(file, "utf8"))) : null);
  if (scripts[`test:${name}`].startsWith("vitest"))
    return {
      args: ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`],
      count: read((report) => ({ passed: report.numPassedTests, failed: report.numFailedTests })),
    };
  if (scripts[`test:${name}`].startsWith("playwright"))
    return {
      args: [],
      env: { PLAYWRIGHT_JSON_OUTPUT_NAME: file },
      count: read(({ stats }) => ({ passed: stats.expected + stats.flaky, failed: stats.unexpected })),
    };
  return { args: [], count: null };
}

/** Runs a suite and adds up its tests. A runner that dies without a report, or runs no test, counts as failed. */
async function suite({ name, files }, shown) {
  const report = reporting(name);
  const started = Date.now();
  const args = ["run", "--silent", `test:${name}`, "--", ...files, ...report.args];
  const status = await capture("npm", args, { env: { ...env, ...report.env }, shown, title: `== ${name}` });
  const counts = report.count?.() ?? { passed: status === 0 && report.count === null ? 1 : 0, failed: 0 };
  if (counts.failed === 0 && (status !== 0 || counts.passed === 0)) counts.failed = 1;
  passed += counts.passed;
  failed += counts.failed;
  console.log(
    `-- ${name}: ${counts.passed} passed, ${counts.failed} failed in ${Math.round((Date.now() - started) / 1000)} s`,
  );
}

const rank = (name) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
const waiting = chosen.filter(({ name }) => name !== "build").sort((a, b) => rank(a.name) - rank(b.name));
const build = chosen.find(({ name }) => name === "build");
if (build) await suite(build, true);
// Beside another suite, the output of a suite is printed at its end.
const shown = waiting.length < SLOTS;
async function slot() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await suite(next, shown);
}
await Promise.all(Array.from({ length: SLOTS }, slot));

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
