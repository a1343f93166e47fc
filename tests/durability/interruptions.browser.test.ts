// Interruptions of a night, each in the middle of a run: the study continues, and no experiment is lost, judged twice
// or blamed for the interruption.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { build, prepare } from "../../scripts/setup.mjs";
import { serve } from "../../scripts/serve.ts";
import { problemsOf } from "./crash-check.ts";
import { type Acknowledged, CrashLab, SHORT_STUDY } from "./crash-lab.ts";

const FREEZE = Number(process.env.FREEZE_SECONDS ?? 8);
const AWAY = 20; // seconds
const HOUR = 3_600_000;

const profile = mkdtempSync(join(tmpdir(), "overnight-night-"));
const acknowledged: Acknowledged[] = [];
let server: Awaited<ReturnType<typeof serve>>;
let lab: CrashLab;

beforeAll(async () => {
  await prepare();
  await build();
  server = await serve();
  lab = new CrashLab(server.address, profile, (experiment) => acknowledged.push(experiment));
  await lab.open();
  await lab.begin({ ...SHORT_STUDY, budgetSeconds: 3, budgetTokens: 0 });
}, 300_000);

afterAll(async () => {
  await lab.close();
  await server.close();
  rmSync(profile, { recursive: true, maxRetries: 5, retryDelay: 200 });
});

/** Interrupts a run while it trains; the next two experiments must be judged by their results. */
async function goesOn(interrupt: () => Promise<void>): Promise<void> {
  const { page } = lab;
  await page.waitForFunction(() => window.overnight.state().current?.stage === "training", undefined, {
    timeout: 90_000,
  });
  const before = await page.evaluate(() => window.overnight.state().experiments.length);
  await interrupt();
  await page.waitForFunction(
    (count) =>
      window.overnight.state().experiments.length >= count || window.overnight.state().phase !== "running",
    before + 2,
    { timeout: 180_000 },
  );
  const { phase, error, experiments, tag } = await page.evaluate(() => {
    const { phase, error, experiments, study } = window.overnight.state();
    return { phase, error, experiments, tag: study?.tag ?? "" };
  });
  expect(phase, error ?? "").toBe("running");
  expect(
    experiments.slice(before).filter(({ status }) => status === "crash" || status === "invalid"),
  ).toEqual([]);
  const heard = [...acknowledged];
  const bytes = await page.evaluate(async () => [...(await window.overnight.exportBundle())]);
  expect(problemsOf(tag, Uint8Array.from(bytes), heard)).toEqual([]);
}

const linuxTest = test.skipIf(process.platform !== "linux");

linuxTest("every process is frozen, as by a closed lid", () => goesOn(() => lab.freeze(FREEZE)), 400_000);

linuxTest(
  "the clock is set forward by an hour and back by two",
  () =>
    goesOn(async () => {
      // The first worker is the lab's; runs start and end the others.
      const [worker] = lab.page.workers();
      for (const shift of [HOUR, -2 * HOUR]) {
        await worker?.evaluate((by) => {
          const now = Date.now.bind(Date);
          Date.now = () => now() + by;
        }, shift);
        await sleep(500);
      }
    }),
  400_000,
);

linuxTest(
  "the network is off for longer than a run, and on again",
  async () => {
    await goesOn(async () => {
      await lab.page.context().setOffline(true);
      await sleep(AWAY * 1000);
      await lab.page.context().setOffline(false);
    });
  },
  600_000,
);

linuxTest(
  "the host is stopped for longer than a run, and started again",
  async () => {
    const { port } = server;
    await goesOn(async () => {
      await server.close();
      await sleep(AWAY * 1000);
      server = await serve({ port });
    });
  },
  600_000,
);
