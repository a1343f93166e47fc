// Measures the cost of a growing study, in headless Chromium on a real disk, or with --node in Node and in memory:
//   npx tsx bench/repository/repository.ts [experiments]
//   npx tsx bench/repository/repository.ts [experiments] --node [FILE]      also writes the bundle there

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { bundleForNode } from "../shared/node-bundle.ts";
import { viteImports } from "../shared/vite-imports.ts";
import { report } from "./report.ts";
import type { RepositoryTimes } from "./repository-page.ts";

const path = (file: string) => new URL(file, import.meta.url).pathname;
const SEED = readFileSync(path("../../src/seed/train.ts"), "utf8");

/** In Node nothing is written to a disk; the times are processor times. */
async function inNode(args: readonly string[]): Promise<number> {
  const bundle = path("../../node_modules/.cache/bench-repository.mjs");
  await bundleForNode(path("./repository-node.ts"), bundle);
  return (
    spawnSync(process.execPath, [bundle, ...args, path("../../src/seed/train.ts")], { stdio: "inherit" })
      .status ?? 1
  );
}

async function main(count: number): Promise<void> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { measure } from "./repository-page.ts"; import { indexedDbStore } from "../../src/repo/index.ts";
        globalThis.measure = (count, seed) => measure(count, seed, indexedDbStore);`,
      resolveDir: new URL(".", import.meta.url).pathname,
    },
    bundle: true,
    loader: { ".wgsl": "text" },
    plugins: [viteImports],
    write: false,
    logLevel: "error",
    format: "iife",
    target: "es2023",
    // zod declares that it has no side effects, and esbuild then omits its initialisation.
    ignoreAnnotations: true,
  });
  const script = outputFiles[0]?.contents ?? new Uint8Array();
  const server = createServer((request, response) => {
    if (request.url === "/page.js")
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(script);
    else response.writeHead(200, { "content-type": "text/html" }).end("<script src=/page.js></script>");
  }).listen(0, "127.0.0.1");
  const profile = mkdtempSync(join(tmpdir(), "overnight-bench-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium() ?? undefined,
    args: chromiumArguments("software"),
  });
  try {
    const page = await context.newPage();
    page.on("pageerror", (error) => {
      console.error(error.message);
    });
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const times = await page.evaluate(
      ([experiments, seed]) =>
        (globalThis as unknown as { measure(n: number, seed: string): Promise<RepositoryTimes> }).measure(
          experiments,
          seed,
        ),
      [count, SEED] as const,
    );
    report(times);
  } finally {
    await context.close();
    server.close();
    rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
  }
}

const [count = "1000", ...rest] = process.argv.slice(2).filter((argument) => argument !== "--node");
if (process.argv.includes("--node")) process.exitCode = await inNode([count, ...rest]);
else await main(Number(count));
