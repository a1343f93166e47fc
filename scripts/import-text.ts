// Imports files from this machine's disk into the lab of a page as one text, of any size that the lab accepts.
import { basename } from "node:path";
import type { Page } from "@playwright/test";

/** Passes only their paths, like a file dialog: Chromium reads the files itself, so this process copies nothing. */
export async function importTexts(page: Page, paths: readonly string[]): Promise<void> {
  const input = await page.evaluateHandle(() => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    return input;
  });
  await input.setInputFiles([...paths]);
  await input.evaluate(
    async ({ files }, names) => {
      const taken = [...(files ?? [])];
      if (taken.length !== names.length) throw new Error("the browser did not take the text");
      await window.overnight.importCorpus(taken.map((file, i) => ({ name: names[i], file })));
    },
    paths.map((path) => basename(path)),
  );
  await input.dispose();
}
