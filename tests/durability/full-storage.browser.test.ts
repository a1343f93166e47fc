// A disk that fills up: Chromium takes away the room of the lab's origin while a study runs, and while it does not. The page
// says so, nothing that was acknowledged is lost, and with room again the study goes on by itself.
import type { CDPSession } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, prepare } from "../../scripts/setup.mjs";
import { serve } from "../../scripts/serve.ts";
import { problemsOf } from "./crash-check.ts";
import { type Acknowledged, CrashLab, SHORT_STUDY } from "./crash-lab.ts";

/** Bytes: less than any study needs. */
const NONE = 1000;

const profile = mkdtempSync(join(tmpdir(), "overnight-full-"));
const acknowledged: Acknowledged[] = [];
let server: Awaited<ReturnType<typeof serve>>;
let lab: CrashLab;
let devtools: CDPSession;

beforeAll(async () => {
  await prepare();
  await build();
  server = await serve();
  lab = new CrashLab(server.address, profile, (experiment) => acknowledged.push(experiment));
  await open();
  await lab.begin(SHORT_STUDY);
}, 300_000);

afterAll(async () => {
  await lab.close();
  await server.close();
  rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
});

async function open(): Promise<string> {
  const phase = await lab.open();
  devtools = await lab.page.context().newCDPSession(lab.page);
  return phase;
}

/** Without a number: as much room as the disk has. */
const room = (quotaSize?: number) =>
  devtools.send("Storage.overrideQuotaForOrigin", {
    origin: new URL(server.address).origin,
    ...(quotaSize === undefined ? {} : { quotaSize }),
  });

const state = () =>
  lab.page.evaluate(() => {
    const { phase, storage, experiments, error, study } = window.overnight.state();
    const crashes = experiments.filter(({ status }) => status === "crash" || status === "invalid").length;
    return {
      phase,
      storage: storage.state,
      count: experiments.length,
      crashes,
      error,
      tag: study?.tag ?? "",
    };
  });

/** Waits until the storage is said to be so. */
const says = (wanted: string) =>
  lab.page.waitForFunction((word) => window.overnight.state().storage.state === word, wanted, {
    timeout: 90_000,
  });

const judged = (count: number) =>
  lab.page.waitForFunction((n) => window.overnight.state().experiments.length >= n, count, {
    timeout: 180_000,
  });

async function stopNow(): Promise<void> {
  await lab.ask("Stop now", (page) => page.evaluate(() => window.overnight.stopNow()));
  await lab.phase(["idle"]);
}

/** Every experiment that was acknowledged is in the bundle, once, and real git takes it. */
async function nothingLost(): Promise<void> {
  const heard = [...acknowledged];
  const { tag } = await state();
  const bytes = await lab.page.evaluate(async () => [...(await window.overnight.exportBundle())]);
  expect(problemsOf(tag, Uint8Array.from(bytes), heard)).toEqual([]);
}

test("a running study waits for room and goes on by itself", async () => {
  await judged(1);
  await room(NONE);
  await says("full");
  await expect.poll(() => lab.page.getByTestId("full").isVisible()).toBe(true);
  const waiting = await state();
  await sleep(15_000); // more than a run takes: its result waits, and none is made up or thrown away
  expect(await state()).toMatchObject({ phase: "running", crashes: 0, storage: "full" });
  expect((await state()).count).toBeLessThanOrEqual(waiting.count + 1);
  await nothingLost(); // the export needs no room
  await room();
  await judged(waiting.count + 2);
  expect(await state()).toMatchObject({ phase: "running", crashes: 0, storage: "ok", error: null });
  await nothingLost();
}, 400_000);

test("a browser killed while its study waits for room resumes from the acknowledged state", async () => {
  await room(NONE);
  await says("full");
  const { count } = await state();
  await lab.kill("browser", () => 0);
  expect(await open()).toBe("running");
  await judged(count + 1);
  expect(await state()).toMatchObject({ phase: "running", crashes: 0 });
  await nothingLost();
}, 400_000);

test("a study that waits for room stops when it is asked to, and starts again", async () => {
  await room(NONE);
  await says("full");
  await sleep(8000);
  await stopNow();
  const { count } = await state();
  await nothingLost();
  await room();
  await says("ok");
  await lab.ask("Start", (page) => page.evaluate(() => window.overnight.start({})));
  await judged(count + 1);
  await nothingLost();
}, 400_000);

test("an idle lab says that there is no room, and that there is some again", async () => {
  // The stop of a run cannot be noted either.
  await lab.page.waitForFunction(() => window.overnight.state().current?.stage === "training");
  await room(NONE);
  await stopNow();
  await says("full");
  expect(await state()).toMatchObject({ phase: "idle" });
  await nothingLost();
  await room();
  await says("ok");
  expect(await state()).toMatchObject({ phase: "idle", error: null });
}, 400_000);
