// Texts from a person's files: several files at once.
import { expect, test } from "@playwright/test";
import { openLab, smallText } from "./lab.ts";

test("several files dropped at once are one text, in their order, and all are named", async ({ page }) => {
  await openLab(page, "?vocab=256");
  const part = smallText(100_000);
  await page.evaluate((text) => {
    const data = new DataTransfer();
    for (const name of ["one.txt", "two.md", "three.jsonl"]) {
      const lines = name.endsWith(".jsonl") ? `${JSON.stringify({ text })}\n{"text": null}\n` : text;
      data.items.add(new File([`\ufeff${lines}`], name));
    }
    document.body.dispatchEvent(
      new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }),
    );
  }, part);
  const corpus = page.getByTestId("corpus");
  await expect(corpus).toContainText("one.txt, two.md and three.jsonl", { timeout: 60_000 });
  await expect(page.getByTestId("corpus-files")).toContainText(
    "3 files, joined in this order: one.txt, two.md, three.jsonl.",
  );
  await expect(page.getByTestId("corpus-skipped")).toContainText("1 line without a text was left out.");
  const bytes = await page.evaluate(() => window.overnight.state().corpus?.bytes);
  const total = (bytes?.train ?? 0) + (bytes?.validation ?? 0) + (bytes?.test ?? 0);
  const closed = part.endsWith("\n") ? part.length : part.length + 1;
  expect(total).toBe(3 * (closed + 2));

  await page.evaluate(() => {
    const data = new DataTransfer();
    for (const name of ["one.txt", "scan.pdf"]) data.items.add(new File(["x"], name));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
  });
  await expect(corpus).toContainText("scan.pdf is not a .txt, .md or .jsonl file");
});
