// Runs a claim of a study again: gives the bundle to the lab in headless Chromium and prints its verdict.
import { messageOf } from "../../src/error.ts";
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { importTexts } from "../import-text.ts";
import { Deadline, reasonOf } from "../lab/waits.ts";
import { printable } from "../../src/text.ts";
import { openBrowser } from "../open-browser.ts";
import { serve } from "../serve.ts";
import { ENGINE_KEY, storeBeforeLoad } from "../stored-settings.ts";
import { parseVerifyOptions, USAGE, type VerifyOptions } from "./options.ts";

const print = (event: unknown) => process.stdout.write(printable(event) + "\n");

const HOLDS = 0;
const REFUTED = 1;
const UNKNOWN = 2;

/** The lab's verdict; rejects with a one-line error when the claim cannot be run here. */
async function verdict(page: Page, options: VerifyOptions) {
  await page.exposeFunction("overnightEvent", print);
  const base64 = (path: string) => readFileSync(path).toString("base64");
  const files = { bundle: base64(options.bundle) };
  if (options.texts.length > 0) {
    await page.evaluate(() => window.overnight.opened());
    await importTexts(page, options.texts);
  }
  const answer = await page.evaluate(
    async ({ commit, runs, files }) => {
      const { overnight, overnightEvent } = window as Window & { overnightEvent?(event: unknown): void };
      if (overnightEvent === undefined) throw new Error("the page has no event sink");
      overnight.onEvent(overnightEvent);
      try {
        await overnight.opened();
        const bundle = Uint8Array.from(atob(files.bundle), (c) => c.charCodeAt(0));
        return { found: await overnight.verifyBundle(bundle, commit, runs), reason: "" };
      } catch (error) {
        return { found: null, reason: messageOf(error) };
      }
    },
    { commit: options.commit, runs: options.runs, files },
  );
  if (answer.found === null) throw new Error(answer.reason);
  return answer.found;
}

async function main(): Promise<number> {
  const options = parseVerifyOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(USAGE + "\n");
    return HOLDS;
  }
  const server = await serve();
  const browser = await openBrowser(options.adapter, server.address);
  const late = new Deadline(options.timeout);
  void late.over.then(() => {
    print({ type: "error", reason: `no verdict after ${options.timeout} s` });
    process.exit(UNKNOWN);
  });
  try {
    const page = await browser.newPage();
    page.on("pageerror", (error) => process.stderr.write(`page: ${error.message}\n`));
    page.on("crash", () => {
      print({ type: "error", reason: "the page crashed" });
      process.exit(UNKNOWN);
    });
    if (options.engine !== "") await storeBeforeLoad(page, { [ENGINE_KEY]: options.engine });
    await page.goto(server.address);
    const found = await verdict(page, options);
    print({ type: "verify", ...found });
    return found.holds ? HOLDS : REFUTED;
  } finally {
    late.clear();
    await browser.close();
    await server.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  print({ type: "error", reason: reasonOf(error) });
  process.exit(UNKNOWN); // a server may still be open if its browser never started
}
