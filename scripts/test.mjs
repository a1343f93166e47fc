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
// The suites that run side by side. A GPU test waits half of its time for the CPU, and a page for its budget, so two
// lanes keep two cores busy; the stories of e2e state how well a model trained in so many seconds, so they run alone. A
// suite missing here runs alone, at the end.
const STAGES = [
  [
    ["format", "types", "lint", "unit", "build", "browser"],
    ["gpu", "gpu-plain"],
  ],
  [["e2e"]],
];
const NEED_CHROMIUM = ["gpu", "gpu-plain", "browser", "e2e"];
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
await prepare({ corpus: false }); // The suite `build` builds the corpus.
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

async function lane(suites, shown) {
  for (const one of suites) await suite(one, shown);
}

const named = STAGES.flat(2);
const alone = names.filter((name) => !named.includes(name)).map((name) => [[name]]);
for (const stage of [...STAGES, ...alone]) {
  const lanes = stage
    .map((lane) => lane.flatMap((name) => chosen.filter((one) => one.name === name)))
    .filter((suites) => suites.length > 0);
  // With several lanes, the output of a suite is printed at its end.
  await Promise.all(lanes.map((suites) => lane(suites, lanes.length === 1)));
}

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
