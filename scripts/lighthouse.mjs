// `npm run lighthouse`: builds the page, serves it compressed as hosts do, and asks Lighthouse for its scores, on a simulated
// phone and on a desktop. Exits with 1 where accessibility, best practices or SEO is below 100 or the layout shifts by 0.02 or
// more. The score of performance depends on the load of this machine, so it is printed and decides nothing. npx fetches
// Lighthouse for this run: it brings a hundred packages that the lab does not need.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, findChromium, load, prepare } from "./setup.mjs";

/** The newest that runs under Node 20. */
const LIGHTHOUSE = "lighthouse@12.8.2";
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const SHIFT = 0.02;
/** [ms] */
const PATIENCE = 240_000;

await prepare({ quiet: true });
await build({ quiet: true });
const { serveCompressed } = await load("serve/compressed.ts");
const { chromiumArguments } = await load("browser.ts");
const server = await serveCompressed();
const folder = mkdtempSync(join(tmpdir(), "overnight-lighthouse-"));
let low = false;
try {
  for (const form of ["phone", "desktop"]) low = !(await examine(server.address, form)) || low;
} finally {
  rmSync(folder, { recursive: true });
  server.close();
}
process.exitCode = low ? 1 : 0;

/** Prints the scores of a form; true: all that decide are high enough. */
async function examine(address, form) {
  const file = join(folder, `${form}.json`);
  await lighthouse([
    address,
    "--quiet",
    "--output=json",
    `--output-path=${file}`,
    `--only-categories=${CATEGORIES.join()}`,
    `--chrome-flags=--headless=new ${chromiumArguments("software").join(" ")}`,
    ...(form === "desktop" ? ["--preset=desktop"] : []),
  ]);
  const { categories, audits } = JSON.parse(readFileSync(file, "utf8"));
  const scores = Object.fromEntries(
    CATEGORIES.map((name) => [name, Math.round(100 * (categories[name].score ?? 0))]),
  );
  const failed = Object.values(audits)
    .filter(
      ({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== "informative",
    )
    .map(({ id, displayValue }) => `${id}${displayValue ? ` ${displayValue}` : ""}`);
  const shift = audits["cumulative-layout-shift"]?.numericValue ?? null;
  console.log(JSON.stringify({ form, ...scores, shift, failed }));
  const { performance: _, ...decide } = scores;
  return Object.values(decide).every((score) => score === 100) && shift !== null && shift < SHIFT;
}

/** Runs Lighthouse with its messages shown; rejects when it fails or hangs. */
function lighthouse(args) {
  const child = spawn("npx", ["--yes", LIGHTHOUSE, ...args], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, CHROME_PATH: findChromium() ?? "" },
    timeout: PATIENCE,
  });
  return new Promise((done, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      if (code === 0) done();
      else reject(new Error(`${LIGHTHOUSE} ended with ${signal ?? code}`));
    });
  });
}
