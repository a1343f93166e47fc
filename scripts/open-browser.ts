// Opens headless Chromium for the lab without a window, on the machine's GPU if it has one.
import { chromium, type Browser, type BrowserContext } from "@playwright/test";
import { chromiumArguments, type AdapterChoice } from "./browser.ts";

type Choice = "auto" | AdapterChoice;

async function hasAdapter(opened: Browser | BrowserContext, address: string): Promise<boolean> {
  const page = await opened.newPage();
  await page.goto(`${address}/sandbox.html`); // any page of the origin: WebGPU needs a secure context
  const found = await page.evaluate(
    async () => (await navigator.gpu?.requestAdapter()) !== null && navigator.gpu !== undefined,
  );
  await page.close();
  return found;
}

/** Launches with the chosen adapter; `auto` means the machine's GPU if Chromium can use it, else SwiftShader. */
async function withAdapter<T extends Browser | BrowserContext>(
  adapter: Choice,
  address: string,
  launch: (args: string[]) => Promise<T>,
): Promise<T> {
  if (adapter !== "auto") return launch(chromiumArguments(adapter));
  const opened = await launch(chromiumArguments("hardware"));
  if (await hasAdapter(opened, address)) return opened;
  await opened.close();
  return launch(chromiumArguments("software"));
}

/** A browser without a stored profile. */
export function openBrowser(adapter: Choice, address: string): Promise<Browser> {
  return withAdapter(adapter, address, (args) =>
    chromium.launch({ executablePath: process.env.CHROMIUM, args }),
  );
}

/** The origin under which a profile stores its lab: that of `npm start`, regardless of the server's actual port. */
export const PROFILE_ORIGIN = "http://localhost:4600";

/**
 * A browser with a stored profile. It ends when it is closed or with this process, but not by its own signal handlers.
 */
export function openProfileBrowser(adapter: Choice, port: number, folder: string): Promise<BrowserContext> {
  const { host } = new URL(PROFILE_ORIGIN);
  return withAdapter(adapter, PROFILE_ORIGIN, (args) =>
    chromium.launchPersistentContext(folder, {
      executablePath: process.env.CHROMIUM,
      args: [...args, `--host-resolver-rules=MAP ${host} 127.0.0.1:${port}`],
      viewport: { width: 1280, height: 1000 },
      serviceWorkers: "block",
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    }),
  );
}
