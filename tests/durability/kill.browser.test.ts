// Kills a real Chromium with SIGKILL in the middle of committing, repeatedly, on one profile: every experiment
// acknowledged to this process must still be there, and every reachable object must be intact.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "@playwright/test";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";

interface Opened {
  readonly problems: readonly string[];
  readonly experiments: readonly string[];
  readonly incumbent?: string;
  readonly journal?: { readonly experiment: number };
  readonly packs: number;
}

const ROUNDS = 6;
const profile = mkdtempSync(join(tmpdir(), "overnight-kill-"));
const acknowledged: { experiment: string; n: number; keep: boolean }[] = [];
let heard: (() => void) | undefined;
let opened: ((state: Opened) => void) | undefined;
let failed: ((error: Error) => void) | undefined;
/** The last message of a failed page. */
let failure: string | undefined;
let server: Server;
let url: string;
let running: ChildProcess | undefined;

beforeAll(async () => {
  const { outputFiles } = await build({
    entryPoints: [new URL("worker.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2023",
  });
  const script = outputFiles[0].contents;
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "POST") {
        const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
        if (request.url === "/acknowledged") {
          acknowledged.push(body as (typeof acknowledged)[number]);
          heard?.();
        } else if (request.url === "/opened") opened?.(body as Opened);
        else {
          failure = String(body);
          failed?.(new Error(failure));
        }
        response.end();
      } else if (request.url === "/page.js")
        response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(script);
      else
        response
          .writeHead(200, { "content-type": "text/html" })
          .end('<script>new Worker("/page.js", { type: "module" })</script>');
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await kill();
  server.closeAllConnections();
  server.close();
  rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
});

/** Starts a browser on the profile; resolves with its page's report on the repository. */
async function start(): Promise<Opened> {
  const state = new Promise<Opened>((resolve, reject) => {
    opened = resolve;
    failed = reject;
  });
  // Its own process group, so that one signal reaches every process of the browser at once.
  running = spawn(
    findChromium() ?? chromium.executablePath(),
    ["--headless=new", ...chromiumArguments("software"), `--user-data-dir=${profile}`, url],
    { detached: true, stdio: "ignore" },
  );
  return state;
}

async function kill(): Promise<void> {
  const browser = running;
  running = undefined;
  if (browser?.pid === undefined) return;
  const gone = once(browser, "exit");
  process.kill(-browser.pid, "SIGKILL");
  await gone;
}

test("no acknowledged experiment is lost when the browser is killed", async () => {
  let packs = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const state = await start();
    check(state);
    packs = Math.max(packs, state.packs);
    await new Promise<void>((resolve, reject) => {
      heard = resolve;
      failed = reject;
    });
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2500));
    await kill();
    expect(failure).toBeUndefined();
  }
  check(await start());
  await kill();
  // Otherwise no kill could have hit a repack, and the test would prove less than it claims.
  expect(packs).toBeGreaterThan(0);
  console.log(`${acknowledged.length} acknowledged, ${ROUNDS} kills, 0 lost`);
}, 120_000);

function check(state: Opened): void {
  expect(state.problems).toEqual([]);
  // There may be one more: durable, but killed before this process was notified. It has the next number and is never
  // acknowledged.
  const found = new Set(state.experiments);
  expect(acknowledged.filter(({ experiment }) => !found.has(experiment))).toEqual([]);
  const last = acknowledged.at(-1);
  if (last !== undefined) expect(state.journal?.experiment).toBeGreaterThanOrEqual(last.n);
  expect(state.journal?.experiment ?? 0).toBe(state.experiments.length);
  const kept = acknowledged.findLast(({ keep, n }) => keep && n + 3 > state.experiments.length);
  if (kept !== undefined) expect(state.incumbent).toBe(kept.experiment);
}
