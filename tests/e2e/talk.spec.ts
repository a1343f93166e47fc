// A scored model writes, alone and beside another, and its weights are taken away and run by Node.
import { expect, test } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BlobReader, configure, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js/lib/zip-core-custom.js";
import { newStudy, openLab, openPanel, scratch, smallText, tinyTrain, useText, verdict } from "./lab.ts";

configure({ useWebWorkers: false });

test("scored models write, tell their probabilities, and leave with their weights", async ({ page }) => {
  await openLab(page, "?vocab=256");
  await openPanel(page, "talk");
  await expect(page.getByTestId("talk-empty")).toContainText("No model is here yet");
  await page.keyboard.press("Escape");
  await useText(page, smallText());
  await page.keyboard.press("Escape");
  await newStudy(page, { train: tinyTrain(0.01) });
  expect(await verdict(page, 0)).toBe("keep");
  await verdict(page, 1);
  await expect.poll(() => page.evaluate(() => window.overnight.state().phase)).toBe("idle");

  await openPanel(page, "talk");
  const prompt = page.getByLabel("Prompt");
  await prompt.fill("the night watch ");
  await page.getByLabel("Tokens").fill("40");
  await page.getByLabel("Beside it").selectOption("0");
  await page.getByLabel("Model", { exact: true }).selectOption("1");
  await prompt.press("Control+Enter");
  for (const number of [0, 1]) {
    const text = page.getByTestId(`talk-text-${number}`);
    await expect(text.locator(".token")).toHaveCount(40, { timeout: 60_000 });
    await expect(text).toContainText(/^the night watch /);
    await text.focus();
    await page.keyboard.press("ArrowRight");
    await expect(page.getByTestId(`token-facts-${number}`)).toContainText(/had probability .*; instead “/);
  }
  await page.getByTestId("talk-text-0").locator(".token").nth(5).hover();
  await expect(page.getByTestId("talk-text-0").locator("[data-current]")).toHaveAttribute("data-at", "5");

  await page.getByLabel("Temperature").fill("hot");
  await expect(page.getByRole("button", { name: "Write" })).toBeDisabled();
  await expect(page.getByTestId("talk")).toContainText("The temperature is a number from 0 to 5.");
  await page.getByLabel("Temperature").fill("0.8");

  const written = (await page.getByTestId("talk-text-1").textContent()) ?? "";
  const saved = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save #1 as a zip" }).click();
  const path = await (await saved).path();
  const folder = scratch();
  const archive = new ZipReader(new BlobReader(new Blob([readFileSync(path)])));
  for (const entry of await archive.getEntries())
    if (!entry.directory)
      writeFileSync(join(folder, entry.filename), await entry.getData(new Uint8ArrayWriter()));
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as {
    number: number;
    vocabSize: number;
  };
  expect(config).toMatchObject({ number: 1, vocabSize: 256 });
  const flags = ["--prompt", "the night watch ", "--tokens", "40", "--temperature", "0.8", "--seed", "1"];
  const alone = execFileSync(process.execPath, [join(folder, "run.mjs"), ...flags], { encoding: "utf8" });
  expect(alone).toBe(`${written}\n`);
});
