// Script of the built page in KB, gzipped: before Start can be pressed, in a whole visit that presses nothing, and all of it
// without type checker and model providers. Prints one JSON line. Run `npm run build` first.
//
//   npx tsx bench/page/size.ts
import { chromium } from "@playwright/test";
import { chromiumArguments } from "../../scripts/browser.ts";
import { findChromium } from "../../scripts/setup.mjs";
import { weigh } from "../../tests/testing/page-weight.ts";

const browser = await chromium.launch({
  executablePath: findChromium() ?? undefined,
  args: chromiumArguments("software"),
});
const { first, visit, texts, all } = await weigh(browser);
await browser.close();
const kb = (bytes: number) => Math.round(bytes / 1000);
console.log(JSON.stringify({ first: kb(first), visit: kb(visit), texts: texts.length, all: kb(all) }));
