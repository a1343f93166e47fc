// Pictures of the page's states fail when they change. PICTURES=renew writes the references anew; look at them before
// you commit them (docs/page.md).
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FixturePages, openFixtures } from "../testing/fixture-page.ts";
import { compareWithReference, drawBlocks } from "../testing/pictures.ts";

/** A change of this share of the pixels is a change of the page. */
const ALLOWED = 0.002;

interface View {
  readonly state: string;
  /** Pressed one after the other once the page is drawn. */
  readonly keys?: readonly string[];
  readonly widths?: readonly number[];
  /** The colours are the system's few. */
  readonly forced?: boolean;
}

const EVERY = [360, 1280, 1920];
const VIEWS: Readonly<Record<string, View>> = {
  empty: { state: "empty", widths: [360, 1280] },
  "first-run": { state: "first" },
  night: { state: "night", widths: EVERY },
  500: { state: "500" },
  2000: { state: "2000" },
  comparison: { state: "night", keys: ["c"], widths: [360, 1280] },
  crash: { state: "night", keys: ["/", "c", "r", "a", "s", "h", "e", "d", "Enter", "j", "]", "]", "]"] },
  report: { state: "idle", keys: ["9"] },
  palette: { state: "night", keys: ["Control+k"] },
  models: { state: "idle", keys: ["6"] },
  nogpu: { state: "nogpu", widths: [360, 1280] },
  talk: { state: "idle", keys: ["m"], widths: [360, 1280] },
  text: { state: "idle", keys: ["7"], widths: [360, 1280] },
  duplicate: { state: "idle", keys: ["Control+k", ..."duplicate", "Enter"] },
  recording: { state: "recording", widths: [360, 1280] },
  damaged: { state: "damaged", widths: [360, 1280] },
  forced: { state: "night", forced: true },
};
const CASES = Object.entries(VIEWS).flatMap(([name, view]) =>
  (view.widths ?? [1280]).flatMap((width) =>
    (["light", "dark"] as const).map((theme) => ({ name, view, width, theme })),
  ),
);

let pages: FixturePages;
beforeAll(async () => {
  pages = await openFixtures();
}, 400_000); // a build of the page
afterAll(() => pages.close());

describe("the page looks as it did", () => {
  it.each(CASES)("$name, $width pixels wide, $theme", async ({ name, view, width, theme }) => {
    const page = await pages.open(view.state, { width, height: width < 500 ? 780 : 800, theme, still: true });
    if (view.forced === true) await page.emulateMedia({ colorScheme: theme, forcedColors: "active" });
    await drawBlocks(page);
    for (const key of view.keys ?? []) await page.keyboard.press(key);
    await page.waitForTimeout(800); // panels and editors load when they are opened
    const file = `${name}-${width}-${theme}.png`;
    const files = {
      reference: `tests/page/pictures/${file}`,
      actual: `test-results/pictures/${file}`,
      renew: process.env.PICTURES === "renew",
    };
    const share = await compareWithReference(page, files, ALLOWED);
    expect(share, `${files.actual} differs from ${files.reference}`).toBeLessThanOrEqual(ALLOWED);
    await page.close();
  });
});
