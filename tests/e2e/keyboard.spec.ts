// The whole story by keyboard alone, in a real run: bring a text, start, watch, select, compare, fork, edit, queue, export.
import { expect, test, type Page } from "@playwright/test";
import { openLab, rows, smallText, verdict } from "./lab.ts";

/** Tab, until what has the focus matches. */
async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate((wanted) => document.activeElement?.closest(wanted) instanceof Element, selector))
      return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`80 tab stops and no ${selector}`);
}

test("start, watch, select, compare, fork, edit, queue and export without a mouse", async ({ page }) => {
  await openLab(page, "?budget=5&experiments=2&vocab=256");
  const chooser = page.waitForEvent("filechooser");
  await page.keyboard.press("Control+k");
  await expect(page.getByRole("combobox", { name: "Command" })).toBeFocused();
  await page.keyboard.type("own text");
  await page.keyboard.press("Enter");
  const file = { name: "small.txt", mimeType: "text/plain", buffer: Buffer.from(smallText()) };
  await (await chooser).setFiles(file);
  await expect(page.getByTestId("corpus")).toContainText("small.txt", { timeout: 60_000 });
  await page.keyboard.press("Escape");

  await page.keyboard.press("s");
  await expect(page.getByTestId("stage")).not.toBeEmpty();
  expect(await verdict(page, 0)).toBe("keep");
  await verdict(page, 1);
  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 30_000 });

  await page.keyboard.press("3");
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/#[^/]+\/1$/);
  await page.keyboard.press("k");
  await page.keyboard.press("j");
  await expect(page).toHaveURL(/#[^/]+\/0$/);
  await page.keyboard.press("l");
  await page.keyboard.press("c");
  await expect(page).toHaveURL(/#[^/]+\/1~0$/);
  await page.keyboard.press("Escape");

  // What is not the best is forked; else the best is in the editor anyway.
  const best = await page.evaluate(() => window.overnight.state().experiments[1]?.status === "keep");
  if (best) await page.keyboard.press("j");
  await page.keyboard.press("o");
  await expect(page.getByTestId("panel-train")).toBeVisible();
  await tabTo(page, ".cm-content");
  // The editor's own search finds the constant; a digit before its value makes another model of it.
  await page.keyboard.press("Control+f");
  await page.keyboard.type("const HEAD_LR = ");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type("0.5 * ");
  // The first Escape closes a list of completions, if there is one; the second lets Tab leave the editor.
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await tabTo(page, "#hypothesis");
  await page.keyboard.type("Half the rate of the head");
  await tabTo(page, "[data-testid=queue-proposal]");
  await page.keyboard.press("Enter");
  await expect(page.getByTestId("queued")).toBeVisible({ timeout: 60_000 });

  const download = page.waitForEvent("download");
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  expect((await download).suggestedFilename()).toMatch(/\.bundle$/);
  await expect(rows(page)).toHaveCount(2);
});
