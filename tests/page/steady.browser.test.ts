// Verdicts that arrive while somebody watches move nothing on the page.
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Page } from "@playwright/test";
import { type FixturePages, openFixtures } from "../testing/fixture-page.ts";

let pages: FixturePages;
beforeAll(async () => {
  pages = await openFixtures();
}, 400_000); // a build of the page
afterAll(() => pages.close());

const OBSERVE = `
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const { value } of list.getEntries()) shift += value;
  }).observe({ type: "layout-shift" });
`;

/** As many verdicts, each with the next run behind it. */
async function judge(page: Page, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await page.evaluate("overnight.judge()");
    await page.waitForTimeout(900);
  }
}

it.each([
  ["night", 1280],
  ["2000", 1280],
  ["night", 1000],
  ["night", 360],
])("%s at %s pixels: eight verdicts shift the layout by less than 0.02", async (state, width) => {
  const page = await pages.open(state, { width, height: 800 });
  await page.waitForTimeout(1500); // parts of the page load
  await page.evaluate(OBSERVE);
  await judge(page, 8);
  expect(await page.evaluate("shift")).toBeLessThan(0.02);
  await page.close();
});

it("rows in view stay in their place when others arrive above them", async () => {
  const page = await pages.open("2000", { width: 1280, height: 800 });
  await page.waitForTimeout(1500); // parts of the page load
  const placeOf = (number: number) =>
    page.evaluate(`document.querySelector('[data-number="${number}"]').getBoundingClientRect().top`);
  await page.evaluate("document.querySelector('#rows').scrollTop = 915");
  await page.waitForTimeout(300);
  const before = await placeOf(1960);
  await judge(page, 3);
  expect(await placeOf(1960)).toBe(before);

  // At the top of the list the newest comes into view.
  await page.evaluate("document.querySelector('#rows').scrollTop = 0");
  await judge(page, 1);
  expect(await page.locator('[data-number="2003"]').isVisible()).toBe(true);
  expect(await page.evaluate("document.querySelector('#rows').scrollTop")).toBe(0);
  await page.close();
});
