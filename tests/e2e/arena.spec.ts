// The story of a heuristic: bin packing in a browser that has no GPU, from Start to a verified claim; and the other arenas
// by their own words.
import { expect, test } from "@playwright/test";
import { join } from "node:path";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { git, openLab, openPanel, row, scratch, verdict } from "./lab.ts";

const OTHER_WORDS = /bits per byte|val_bpb|train\.ts|GPT learns/;

// A browser without WebGPU: an arena that trains no model needs none.
test.use({
  launchOptions: {
    executablePath: findChromium() ?? undefined,
    args: [
      ...chromiumArguments("software").filter((flag) => !/webgpu|vulkan/i.test(flag)),
      "--disable-features=WebGPU",
    ],
  },
});

test("bin packing without a GPU: three experiments, a reload, an export, and a claim that holds", async ({
  page,
}) => {
  await openLab(page, "?experiments=2");
  await expect(page.getByTestId("no-gpu")).toContainText("Other arenas need no GPU");
  await expect(page.getByTestId("setting-arena")).toHaveValue("bin-packing");
  await page.getByTestId("start").click();
  expect(await verdict(page, 0)).toBe("keep");
  await verdict(page, 1);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 30_000 });
  await expect(page.getByTestId("chart")).toContainText("% over the bound");
  await expect(page.locator("main")).not.toContainText(OTHER_WORDS);
  await row(page, 0).click();
  await page.getByTestId("tab-sample").click();
  await expect(page.getByTestId("sample")).toContainText("bins");
  const before = await page.evaluate(() => window.overnight.state().experiments.map(({ commit }) => commit));

  await page.reload();
  await expect(row(page, 1)).toBeVisible({ timeout: 60_000 });
  const after = await page.evaluate(() => window.overnight.state().experiments.map(({ commit }) => commit));
  expect(after).toEqual(before);
  await page.evaluate(() => window.overnight.start({ experiments: 3 }));
  await verdict(page, 2);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 30_000 });

  await openPanel(page, "report");
  await expect(page.getByTestId("verdicts")).not.toContainText(OTHER_WORDS);
  await page.keyboard.press("Escape");
  const folder = scratch();
  const download = page.waitForEvent("download");
  await page.getByTestId("export").click();
  await (await download).saveAs(join(folder, "bins.bundle"));
  git(folder, "clone", "-q", "bins.bundle", "study");
  expect(git(join(folder, "study"), "fsck", "--strict")).toBe("");
  const tag = (await page.evaluate(() => window.overnight.state().study?.tag)) ?? "";
  expect(git(join(folder, "study"), "show", `origin/notebook/${tag}:results.tsv`)).toMatch(
    /^commit\tscore\t/,
  );
  expect(git(join(folder, "study"), "log", "-1", "--format=%B", `origin/autoresearch/${tag}`)).toContain(
    "Unit: % over the bound",
  );

  await page.getByTestId("verify-button").getByRole("button").click();
  await page.getByTestId("tab-verdict").click();
  await expect(page.getByTestId("verify")).toContainText("The claim holds.", { timeout: 60_000 });
});

test("every other arena begins, judges its first candidate and speaks of its own unit", async ({ page }) => {
  for (const [id, unit] of [
    ["circle-packing", "% below"],
    ["travelling-salesman", "√n"],
    ["tables", "1 − AUC"],
  ]) {
    await page.goto("about:blank");
    await openLab(page, `?arena=${id}`);
    await page.evaluate((arena) => window.overnight.newStudy({ arena: { id: arena }, experiments: 1 }), id);
    await expect
      .poll(() => page.evaluate(() => window.overnight.state().study?.arena?.id), { timeout: 60_000 })
      .toBe(id);
    expect(await verdict(page, 0)).toBe("keep");
    await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
    await expect(page.getByTestId("chart")).toContainText(unit);
    await expect(page.locator("main")).not.toContainText(OTHER_WORDS);
  }
});

test("a table of the reader's own is read, its target chosen, and studied", async ({ page }) => {
  await openLab(page, "?arena=tables&experiments=1");
  const rows = Array.from({ length: 400 }, (_, i) => {
    const [a, b] = [(i * 7919) % 101, (i * 104_729) % 97];
    return `${a},${b},${a + (i % 13) * 4 > 70 ? "yes" : "no"}`;
  });
  await page.getByTestId("arena-file").setInputFiles({
    name: "left.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(`age,calls,left\n${rows.join("\n")}\n`),
  });
  await expect(page.getByLabel("Target", { exact: true })).toHaveValue("left");
  await page.getByTestId("start").click();
  expect(await verdict(page, 0)).toBe("keep");
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 60_000 });
  expect(await page.evaluate(() => window.overnight.state().study?.corpusName)).toBe("left.csv: left");
});

test("an arena of the reader's own is written on the page, checked and studied", async ({ page }) => {
  await openLab(page, "?experiments=2");
  await page.getByTestId("setting-arena").selectOption("(own)");
  await expect(page.getByTestId("start")).toBeDisabled();
  await page.getByRole("button", { name: /Write it here/ }).click();
  await page.getByLabel("evaluate.ts").fill("export const instances = () => [];");
  await page.getByTestId("open-arena").click();
  await expect(page.getByRole("alert").filter({ hasText: "arena roots" })).toBeVisible();
  const texts = await page.evaluate(() => window.overnight.exampleArena());
  await page.getByLabel("evaluate.ts").fill(texts["evaluate.ts"]);
  await page.getByTestId("open-arena").click();
  await expect(page.getByTestId("setting-arena")).toHaveValue("(own)");
  await page.getByTestId("check-arena").click();
  await expect(page.getByTestId("arena-check")).toContainText("Square roots is", { timeout: 120_000 });
  await page.getByTestId("start").click();
  await verdict(page, 1);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 30_000 });
  await expect(page.locator("main")).not.toContainText(OTHER_WORDS);
});
