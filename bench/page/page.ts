// Times the page's main thread: hovering the chart and the list, typing into the filter, moving the selection,
// scrolling; with 43 and with 2,000 experiments and no running one. Also its load while a run trains (`night`). Prints
// a JSON line per state, in milliseconds.
//
//   npx tsx bench/page/page.ts
import type { CDPSession, Page } from "@playwright/test";
import { openFixtures } from "../../tests/testing/fixture-page.ts";
import { median } from "../shared/median.ts";

const fixtures = await openFixtures();
const night = await fixtures.open("night", { width: 1280, height: 800 });
const running = await night.context().newCDPSession(night);
await running.send("Performance.enable");
await night.waitForTimeout(2000);
console.log(
  JSON.stringify({ state: "night", perSecond: await spent(running, () => night.waitForTimeout(1000)) }),
);
await night.close();

for (const state of ["idle", "2000"]) {
  const page = await fixtures.open(state, { width: 1280, height: 800 });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  await page.waitForTimeout(2000);
  console.log(
    JSON.stringify({
      state,
      idlePerSecond: await spent(devtools, () => page.waitForTimeout(1000)),
      hoverChart: await each(page, devtools, 24, (i) => page.mouse.move(450 + 20 * i, 200 + 7 * (i % 9))),
      hoverList: await each(page, devtools, 20, (i) => page.mouse.move(150, 230 + 25 * i)),
      select: await each(page, devtools, 20, () => page.keyboard.press("j")),
      scroll: await each(page, devtools, 20, async () => {
        await page.mouse.move(150, 400);
        await page.mouse.wheel(0, 500);
      }),
      filter: await (async () => {
        await page.keyboard.press("/");
        return each(page, devtools, 14, (i) => page.keyboard.press("softcap kept -x".charAt(i)));
      })(),
    }),
  );
  await page.close();
}
await fixtures.close();

/** Median and maximum of the main thread's time for an action, including the page's own work in the meantime. */
async function each(
  page: Page,
  devtools: CDPSession,
  times: number,
  act: (i: number) => Promise<void>,
): Promise<{ median: number; most: number }> {
  const costs: number[] = [];
  for (let i = 0; i < times; i++) {
    costs.push(
      await spent(devtools, async () => {
        await act(i);
        await page.waitForTimeout(60);
      }),
    );
  }
  return { median: Number(median(costs).toFixed(1)), most: Number(Math.max(...costs).toFixed(1)) };
}

async function spent(devtools: CDPSession, act: () => Promise<void>): Promise<number> {
  const taken = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
  };
  const before = await taken();
  await act();
  return Number(((await taken()) - before).toFixed(1));
}
