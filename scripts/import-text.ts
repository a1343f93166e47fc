// Brings what `--text` names into the lab of a page as one text: files and folders of this machine's disk, of any size that
// the lab accepts, or an address.
import type { Page } from "@playwright/test";
import { isAddress, textFiles } from "./text-files.ts";

/** Passes only their paths, like a file dialog: Chromium reads the files itself, so this process copies nothing. */
export async function importTexts(page: Page, texts: readonly string[]): Promise<void> {
  if (texts.some(isAddress)) return page.evaluate((url) => window.overnight.importUrl(url), texts[0]);
  const files = textFiles(texts);
  const input = await page.evaluateHandle(() => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    return input;
  });
  await input.setInputFiles(files.map(({ path }) => path));
  await input.evaluate(
    async ({ files }, names) => {
      const taken = [...(files ?? [])];
      if (taken.length !== names.length) throw new Error("the browser did not take the text");
      await window.overnight.importCorpus(taken.map((file, i) => ({ name: names[i], file })));
    },
    files.map(({ name }) => name),
  );
  await input.dispose();
}
