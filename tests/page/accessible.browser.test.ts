// Checks every state of the page by the rules of axe, light and dark, wide and narrow; no state may scroll sideways.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AxeResults } from "axe-core";
import type { Page } from "@playwright/test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FixturePages, openFixtures } from "../testing/fixture-page.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const STATES = [
  "night",
  "idle",
  "empty",
  "opening",
  "compiling",
  "first",
  "readonly",
  "failed",
  "nogpu",
  "importing",
  "damaged",
  "lost",
  "full",
  "recording",
  "2000",
];
/** Views and the keys that open them from the state `night`. */
const VIEWS: Readonly<Record<string, readonly string[]>> = {
  comparison: ["c", "]", "]", "]"],
  curves: ["]"],
  prompt: ["["],
  filter: ["/"],
  program: ["4"],
  train: ["5"],
  researcher: ["6"],
  text: ["7"],
  talk: ["m"],
  machine: ["8"],
  report: ["9"],
  settings: ["0"],
  palette: ["Control+k"],
  help: ["?"],
  duplicate: ["Control+k", ..."duplicate", "Enter"],
};

let pages: FixturePages;
beforeAll(async () => {
  pages = await openFixtures();
}, 400_000); // a build of the page
afterAll(() => pages.close());

/** The violations that axe finds, one line each. `rules`: default all. */
async function found(page: Page, rules?: readonly string[]): Promise<string[]> {
  const options = rules === undefined ? {} : { runOnly: rules };
  const results = (await page.evaluate(`axe.run(${JSON.stringify(options)})`)) as AxeResults;
  return results.violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(" | ")}`,
  );
}

describe("axe finds nothing, light and dark, wide and narrow, and nothing scrolls sideways at 320 pixels", () => {
  it.each([...STATES, ...Object.keys(VIEWS)])("%s", async (name) => {
    const keys = VIEWS[name];
    const page = await pages.open(keys === undefined ? name : "night", { width: 1280, height: 800 });
    for (const key of keys ?? []) await page.keyboard.press(key);
    await page.waitForTimeout(400); // panels load when they are opened
    await page.evaluate(AXE);
    const problems: Record<string, string[]> = {};
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        // A theme changes colours alone.
        const list = await found(page, colorScheme === "light" ? undefined : ["color-contrast"]);
        if (list.length > 0) problems[`${width} ${colorScheme}`] = list;
      }
    }
    expect(problems).toEqual({});
    await page.setViewportSize({ width: 320, height: 640 });
    await page.waitForTimeout(200);
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(320);
    await page.close();
  });
});

it("moves the focus within the key press, so that the letter typed next is no shortcut", async () => {
  const page = await pages.open("night", { width: 1280, height: 800 });
  const focused = await page.evaluate(() => {
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true, cancelable: true }));
    return document.activeElement?.id;
  });
  expect(focused).toBe("filter");
  await page.close();
});
