// The made-up states of the page (src/ui/fixtures) in a real Chromium, for tests and benches that look at the page alone:
// no lab, no GPU.
import { chromium, type Page } from "@playwright/test";
import { createServer } from "vite";
import { findChromium } from "../../scripts/setup.mjs";

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly theme?: "light" | "dark";
  /** `location.hash` */
  readonly hash?: string;
}

export interface FixturePages {
  /** A page in a state, once it is drawn. Whoever opens it closes it. */
  open(state: string, look: Look): Promise<Page>;
  close(): Promise<void>;
}

/** `address`: of a server that has the page with its fixtures; absent: the development server, started here. */
export async function openFixtures(address?: string): Promise<FixturePages> {
  const server =
    address === undefined
      ? await createServer({ server: { port: 0, strictPort: false }, logLevel: "error" })
      : null;
  await server?.listen();
  const base = address ?? server?.resolvedUrls?.local[0] ?? "";
  const browser = await chromium.launch({
    executablePath: findChromium() ?? undefined,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  return {
    open: async (state, { width, height, theme = "light", hash = "" }) => {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: "reduce",
      });
      await page.goto(`${base}?fixture=${state}${hash}`, { timeout: 90_000 });
      await page.waitForSelector(".masthead", { timeout: 90_000 });
      await page.waitForSelector(".recharts-surface", { timeout: 90_000 });
      return page;
    },
    close: async () => {
      await browser.close();
      await server?.close();
    },
  };
}
