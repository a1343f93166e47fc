// Opens headless Chromium for the lab without a window, on the machine's GPU where there is one.
import { chromium, type Browser } from "@playwright/test";
import { chromiumArguments, type AdapterChoice } from "./browser.ts";

async function launch(choice: AdapterChoice): Promise<Browser> {
  return chromium.launch({ executablePath: process.env.CHROMIUM, args: chromiumArguments(choice) });
}

async function hasAdapter(browser: Browser, address: string): Promise<boolean> {
  const page = await browser.newPage();
  await page.goto(`${address}/sandbox.html`); // any page of the origin: WebGPU needs a secure context
  const found = await page.evaluate(
    async () => (await navigator.gpu?.requestAdapter()) !== null && navigator.gpu !== undefined,
  );
  await page.close();
  return found;
}

/** The machine's GPU when Chromium can have it, else SwiftShader, unless the caller decides. */
export async function openBrowser(adapter: "auto" | AdapterChoice, address: string): Promise<Browser> {
  if (adapter !== "auto") return launch(adapter);
  const browser = await launch("hardware");
  if (await hasAdapter(browser, address)) return browser;
  await browser.close();
  return launch("software");
}
