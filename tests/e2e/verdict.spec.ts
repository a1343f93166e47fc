// The story of the verdict: the noise is measured with several seeds, drawn and described; a claim is run again and
// holds.
import { expect, test } from "@playwright/test";
import { openLab, openPanel, row, smallText, useText, verdict } from "./lab.ts";

test("noise is measured and shown, the hidden test's score is shown to the reader alone, and a claim holds when run again", async ({
  page,
}) => {
  await openLab(page, "?budget=12&tokens=16384&experiments=1&vocab=256&rule=paired&replicates=2");
  await useText(page, smallText());
  await page.getByTestId("start").click();
  expect(await verdict(page, 0)).toBe("keep");
  await expect(page.getByTestId("noise")).toContainText("seed noise");
  await openPanel(page, "report");
  await expect(page.getByTestId("verdicts")).toContainText("Seeds alone move a score by");
  await expect(page.getByTestId("hidden-test")).toContainText("held-out test text");
  await page.keyboard.press("Escape");
  await row(page, 0).click();
  await page.getByTestId("tab-verdict").click();
  await expect(page.getByTestId("certainty")).toContainText("2 runs");
  const message = await page.evaluate(async () => (await window.overnight.loadExperiment(0)).message);
  expect(message).toMatch(/^Runs: 2$/m);
  const hidden = await page.evaluate(() => window.overnight.state().experiments[0].hidden?.testBpb ?? 0);
  expect(hidden).toBeGreaterThan(0);
  expect(message).not.toContain(hidden.toFixed(4));

  await expect(page.getByTestId("start")).toBeEnabled({ timeout: 30_000 });
  await page.getByTestId("verify-button").getByRole("button").click();
  await expect(page.getByTestId("stage")).not.toBeEmpty();
  // On a loaded machine the claim may really fail for lack of training; the lab reports either result.
  await expect(page.getByTestId("verify")).toContainText(/The claim (holds|does not hold)\./, {
    timeout: 120_000,
  });
  await expect(page.getByTestId("verify")).toContainText(/claimed \d\.\d{4}, measured \d\.\d{4} over 1 run/);
});
