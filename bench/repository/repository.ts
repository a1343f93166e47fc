// What a study costs as it grows, in headless Chromium on a real disk, or with --node in this process and in memory:
//   npx tsx bench/repository/repository.ts [experiments] [--node]

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import type { RepositoryTimes } from "./repository-page.ts";
import { memoryStore, type Store } from "../../src/repo/index.ts";
import { installLocks } from "../../src/repo/testing/power-cut.ts";
import { measure } from "./repository-page.ts";

const SEED = readFileSync(new URL("../../src/seed/train.ts", import.meta.url), "utf8");

/** In Node nothing reaches a disk; what is told is CPU time of all threads where the machine is busy. */
async function inNode(count: number): Promise<void> {
  installLocks();
  const stores = new Map<string, Store>();
  const store = (name: string) => {
    const found = stores.get(name) ?? { ...memoryStore(), close: () => Promise.resolve() };
    stores.set(name, found);
    return Promise.resolve(found);
  };
  report(await measure(count, SEED, store));
  process.exit(0); // lightning-fs keeps its timers
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
    write: false,
    format: "iife",
    target: "es2023",
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

function report({ commits, packs, ...rest }: RepositoryTimes): void {
  const percentile = (values: readonly number[], p: number): string =>
    (
      [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * p))] ?? 0
    ).toFixed(1);
  const tenth = Math.ceil(commits.length / 10);
  for (const [name, part] of [
    ["first tenth", commits.slice(0, tenth)],
    ["last tenth", commits.slice(-tenth)],
  ] as const)
    console.log(
      `commit, ${name}: median ${percentile(part, 0.5)} ms, p90 ${percentile(part, 0.9)}, max ${percentile(part, 1)}`,
    );
  console.log(`repacks in the background: ${packs.length}, the longest ${percentile(packs, 1)} ms`);
  for (const [name, value] of Object.entries(rest))
    console.log(`${name}: ${name.endsWith("Bytes") ? String(value) : value.toFixed(1)}`);
}

const [count = "1000"] = process.argv.slice(2).filter((argument) => !argument.startsWith("-"));
await (process.argv.includes("--node") ? inNode : main)(Number(count));
