// `npm test`: everything, in the order in which a mistake is cheapest to find. `npm test -- unit e2e` runs only those.
// Ends with `N passed, N failed`; format, types, lint and build count as one test each.
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build, ensureChromium, fail, prepare, root, run, swiftshaderFolder } from "./setup.mjs";

const only = process.argv.slice(2);
const out = join(root, "test-results");
let passed = 0;
let failed = 0;

const bin = (name, ...path) => [process.execPath, join(root, "node_modules", name, ...path)];
const tools = {
  prettier: bin("prettier", "bin", "prettier.cjs"),
  tsc: bin("typescript", "bin", "tsc"),
  eslint: bin("eslint", "bin", "eslint.js"),
  vitest: bin("vitest", "vitest.mjs"),
  playwright: bin("@playwright/test", "cli.js"),
};

await prepare();
const chromium = await ensureChromium();
const driver = swiftshaderFolder(chromium);
const env = { CHROMIUM: chromium };
if (driver) env.SWIFTSHADER = driver;
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

/** One tool that either passes or fails. */
async function check(name, [command, ...args]) {
  if (only.length > 0 && !only.includes(name)) return;
  console.log(`\n== ${name}`);
  if ((await run(command, args, { env })) === 0) passed++;
  else failed++;
}

/** A runner that writes a JSON report; its tests are added up. A runner that dies without one counts as failed. */
async function suite(name, [command, ...args], extra, read) {
  if (only.length > 0 && !only.includes(name)) return;
  console.log(`\n== ${name}`);
  const report = join(out, `${name}.json`);
  const status = await run(
    command,
    args.map((arg) => arg.replace("REPORT", report)),
    { env: { ...env, ...extra(report) } },
  );
  const counts = existsSync(report)
    ? read(JSON.parse(readFileSync(report, "utf8")))
    : { passed: 0, failed: 1 };
  if (status !== 0 && counts.failed === 0) counts.failed = 1;
  if (counts.passed + counts.failed === 0) fail(`${name} ran no test`);
  passed += counts.passed;
  failed += counts.failed;
}

const vitest = (name, project, files = [], more = {}) =>
  suite(
    name,
    [
      ...tools.vitest,
      "run",
      ...files,
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      "--outputFile.json=REPORT",
    ],
    () => more,
    (report) => ({ passed: report.numPassedTests, failed: report.numFailedTests }),
  );

await check("format", [...tools.prettier, "--check", "--log-level", "warn", "."]);
await check("types", [...tools.tsc, "--noEmit"]);
await check("lint", [...tools.eslint, "."]);
await vitest("unit", "unit");
await vitest("gpu", "gpu");
// The same adapter as one without subgroups: what chooses its kernels by them, and the engine on top.
const bySubgroup = ["matmul", "attention", "cross-entropy"].map(
  (name) => `src/nn/kernels/layers/${name}.gpu.test.ts`,
);
const engine = ["engine", "model", "operations"].map((name) => `src/nn/engine/${name}.gpu.test.ts`);
const golden = "tests/golden/golden.gpu.test.ts";
await vitest("gpu-plain", "gpu", [...bySubgroup, ...engine, golden], { OVERNIGHT_FEATURES: "none" });
await vitest("browser", "browser");
if (only.length === 0 || only.includes("e2e")) await build();
await suite(
  "e2e",
  [...tools.playwright, "test"],
  (report) => ({ PLAYWRIGHT_JSON_OUTPUT_NAME: report }),
  ({ stats }) => ({ passed: stats.expected + stats.flaky, failed: stats.unexpected }),
);

console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
