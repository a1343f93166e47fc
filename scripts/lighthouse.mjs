// `npm run lighthouse`: builds the page, serves it, and asks Lighthouse for its scores, on a simulated phone and on a
// desktop. Exits with 1 below 95 for performance or below 100 for the rest. Lighthouse is fetched by npx for this run: it
// brings a hundred packages that the lab does not need.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, findChromium, load, prepare } from "./setup.mjs";

const run = promisify(execFile);

const LIGHTHOUSE = "lighthouse@13.5.0";
const LEAST = { performance: 95, accessibility: 100, "best-practices": 100, seo: 100 };

await prepare({ quiet: true });
await build({ quiet: true });
const { serve } = await load("serve.ts");
const server = await serve();
const folder = mkdtempSync(join(tmpdir(), "overnight-lighthouse-"));
let low = false;
for (const form of ["phone", "desktop"]) {
  const file = join(folder, `${form}.json`);
  await run(
    "npx",
    [
      "--yes",
      LIGHTHOUSE,
      server.address,
      "--quiet",
      "--output=json",
      `--output-path=${file}`,
      `--only-categories=${Object.keys(LEAST).join()}`,
      "--chrome-flags=--headless=new --no-sandbox",
      ...(form === "desktop" ? ["--preset=desktop"] : []),
    ],
    { env: { ...process.env, CHROME_PATH: findChromium() ?? "" } },
  );
  const { categories, audits } = JSON.parse(readFileSync(file, "utf8"));
  const scores = Object.fromEntries(
    Object.keys(LEAST).map((name) => [name, Math.round(100 * (categories[name].score ?? 0))]),
  );
  low ||= Object.entries(LEAST).some(([name, least]) => scores[name] < least);
  const failed = Object.values(audits)
    .filter(
      ({ score, scoreDisplayMode }) => score !== null && score < 0.9 && scoreDisplayMode !== "informative",
    )
    .map(({ id, displayValue }) => `${id}${displayValue ? ` ${displayValue}` : ""}`);
  const shift = audits["cumulative-layout-shift"]?.numericValue ?? null;
  console.log(JSON.stringify({ form, ...scores, shift, failed }));
}
rmSync(folder, { recursive: true });
await server.close();
process.exitCode = low ? 1 : 0;
