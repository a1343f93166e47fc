// How long an experiment's commit takes as a study grows, in headless Chromium on a real disk:
//   npx tsx bench/repository/repository.ts [experiments]

import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import type { RepositoryTimes } from "./repository-page.ts";

async function main(count: number): Promise<void> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { measure } from "./repository-page.ts"; globalThis.measure = measure;`,
      resolveDir: new URL(".", import.meta.url).pathname,
    },
    bundle: true,
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
      (experiments) =>
        (globalThis as unknown as { measure(n: number): Promise<RepositoryTimes> }).measure(experiments),
      count,
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

await main(Number(process.argv[2] ?? 1000));
