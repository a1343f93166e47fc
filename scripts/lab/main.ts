// The headless lab: the same page in headless Chromium, driven through the client it puts on `window.overnight`.
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import type { Page } from "@playwright/test";
import { openBrowser } from "../open-browser.ts";
import { serve } from "../serve.ts";
import { connectSources } from "../../src/researchers/model/wire/csp-sources.ts";
import { keyFromEnvironment, parseLabOptions, USAGE, type LabOptions } from "./options.ts";

const print = (event: unknown) => process.stdout.write(JSON.stringify(event) + "\n");

const files = (options: LabOptions) => ({
  text:
    options.text === null
      ? null
      : { name: basename(options.text), bytes: readFileSync(options.text).toString("base64") },
  train: options.train === null ? null : readFileSync(options.train, "utf8"),
  program: options.program === null ? null : readFileSync(options.program, "utf8"),
});

/** Runs the study in the page; resolves when it has its experiments, rejects with one line when it cannot. */
async function study(page: Page, options: LabOptions, key: string | null): Promise<{ finished: number }> {
  await page.exposeFunction("overnightEvent", print);
  return page.evaluate(
    async ({ options, files, key }) => {
      const { overnight, overnightEvent } = window as Window & { overnightEvent?(event: unknown): void };
      if (overnightEvent === undefined) throw new Error("the page has no event sink");
      overnight.onEvent(overnightEvent);
      await overnight.opened();
      if (files.text !== null) {
        const bytes = Uint8Array.from(atob(files.text.bytes), (c) => c.charCodeAt(0));
        await overnight.importCorpus(new Blob([bytes]), files.text.name);
      }
      const { researcher, share, capDollars } = options;
      await overnight.models({ type: "set", change: { researcher, share, capDollars } });
      if (key !== null) await overnight.models({ type: "key", key });
      await overnight.newStudy({
        budgetSeconds: options.budget,
        budgetTokens: options.budgetTokens,
        context: options.context,
        seed: options.seed,
        vocabSize: options.vocab,
        experiments: options.experiments,
        rule: options.rule,
        replicates: options.replicates,
        ...(files.train === null ? {} : { train: files.train }),
        ...(files.program === null ? {} : { program: files.program }),
      });
      return new Promise<{ finished: number }>((done, reject) => {
        overnight.subscribe((state) => {
          if (state.phase === "failed") reject(new Error(state.error ?? "the lab failed"));
          else if (state.phase === "idle" && state.experiments.length >= options.experiments) {
            done({ finished: state.experiments.length });
          }
        });
      });
    },
    { options, files: files(options), key },
  );
}

async function exportBundle(page: Page, path: string): Promise<number> {
  const base64 = await page.evaluate(async () => {
    const bytes = await window.overnight.exportBundle();
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768)
      text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  });
  const bytes = Buffer.from(base64, "base64");
  writeFileSync(path, bytes);
  return bytes.length;
}

async function main(): Promise<void> {
  const options = parseLabOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(USAGE + "\n");
    return;
  }
  const key = options.model && keyFromEnvironment(options.model, process.env);
  const server = await serve();
  const browser = await openBrowser(options.adapter, server.address).catch(async (error: unknown) => {
    await server.close();
    throw error;
  });
  const late = setTimeout(() => {
    print({ type: "error", reason: `no end after ${options.timeout} s` });
    process.exit(1);
  }, options.timeout * 1000);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
    page.on("pageerror", (error) => process.stderr.write(`page: ${error.message}\n`));
    page.on("crash", () => {
      print({ type: "error", reason: "the page crashed" });
      process.exit(1);
    });
    // The page's content policy is fixed as it loads, so the provider's host has to be known by then.
    const sources = options.model === null ? [] : connectSources(options.model);
    await page.addInitScript((list) => {
      if (location.protocol.startsWith("http") && window.origin !== "null")
        localStorage.setItem("overnight:connect", list);
    }, JSON.stringify(sources));
    await page.goto(server.address);
    // Nobody looks: on a software adapter drawing the page costs a third of a short experiment's processor time.
    if (options.screenshot === null)
      await page.addStyleTag({ content: "html { display: none !important; }" });
    const { finished } = await study(page, options, key);
    if (options.screenshot !== null) await page.screenshot({ path: options.screenshot, fullPage: true });
    if (options.out !== null)
      print({ type: "bundle", path: options.out, bytes: await exportBundle(page, options.out) });
    print({ type: "end", experiments: finished });
  } finally {
    clearTimeout(late);
    await browser.close();
    await server.close();
  }
}

try {
  await main();
} catch (error) {
  const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
  print({ type: "error", reason });
  process.exit(1); // a server may be up whose browser never came
}
