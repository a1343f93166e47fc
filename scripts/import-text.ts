// Gives the lab in a page a text from this machine's disk, of any size the lab takes.
import { basename } from "node:path";
import type { Page } from "@playwright/test";

/** By its path, as a person chooses it: Chromium reads the file itself, and no copy of it passes through this process. */
export async function importText(page: Page, path: string): Promise<void> {
  const input = await page.evaluateHandle(() => {
    const input = document.createElement("input");
    input.type = "file";
    return input;
  });
  await input.setInputFiles(path);
  await input.evaluate(async ({ files }, name) => {
    const file = files?.[0];
    if (file === undefined) throw new Error("the browser did not take the text");
    await window.overnight.importCorpus(file, name);
  }, basename(path));
  await input.dispose();
}
