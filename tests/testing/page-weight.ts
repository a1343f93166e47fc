// How much script a visit loads, gzipped as a host sends it.
import type { Browser } from "@playwright/test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { type Sent, serveCompressed } from "../../scripts/serve/compressed.ts";
import { root } from "../../scripts/setup.mjs";

/** Bytes, gzipped. */
export interface Weight {
  /** On the main thread before Start can be pressed: the scripts that index.html names. */
  readonly first: number;
  /** All scripts of a visit that presses nothing, with those of the workers. */
  readonly visit: number;
  /** The pieces of the text that such a visit fetched. */
  readonly texts: readonly string[];
  /** Every script that is kept for offline use (none of the model providers'), without the type checker. */
  readonly all: number;
}

const QUIET = 3000; // ms
const TEXT = /^\/corpus\/(train|validation|test)-/;

/** Weighs the page in dist/. The browser needs WebGPU. */
export async function weigh(browser: Browser): Promise<Weight> {
  const sent: Sent[] = [];
  let last = Date.now();
  const server = await serveCompressed((one) => {
    sent.push(one);
    last = Date.now();
  });
  try {
    // The service worker would fetch every file of the page.
    const context = await browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    await page.goto(server.address);
    await page.waitForFunction(() => window.overnight?.state().phase === "idle", null, { timeout: 120_000 });
    while (Date.now() - last < QUIET) await page.waitForTimeout(250);
    await context.close();
  } finally {
    server.close();
  }
  const scripts = new Map(
    sent.filter(({ path }) => path.endsWith(".js")).map((one) => [one.path, one.bytes]),
  );
  return {
    first: sum(named().map(weightOf)),
    visit: sum([...scripts.values()]),
    texts: sent.map(({ path }) => path).filter((path) => TEXT.test(path)),
    all: sum(kept().map(weightOf)),
  };
}

const inDist = (path: string): string => join(root, "dist", path);
const weightOf = (path: string): number => gzipSync(readFileSync(inDist(path))).length;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The scripts that index.html names. */
function named(): string[] {
  const html = readFileSync(inDist("index.html"), "utf8");
  return [...html.matchAll(/(?:src|href)="\.\/([^"]+\.js)"/g)].map(([, path = ""]) => path);
}

/** The scripts that the service worker keeps. */
function kept(): string[] {
  const list = /const FILES = (\[.*\]);/.exec(readFileSync(inDist("sw.js"), "utf8"))?.[1] ?? "[]";
  const files = JSON.parse(list) as string[];
  return files.filter((file) => file.endsWith(".js") && !/check-worker/.test(file));
}
