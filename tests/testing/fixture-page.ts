// The made-up states of the page (src/ui/fixtures) in a real Chromium, for tests and benches of the page alone: no lab,
// no GPU.
import { chromium, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, preview } from "vite";
import { findChromium } from "../../scripts/setup.mjs";

export interface Look {
  readonly width: number;
  readonly height: number;
  readonly theme?: "light" | "dark";
  /** The state does not move, at a fixed time. */
  readonly still?: boolean;
  /** The fragment of the address, with its `#`. */
  readonly hash?: string;
}

export interface FixturePages {
  /** Opens a page in a state and resolves when it is drawn. The caller closes it. */
  open(state: string, look: Look): Promise<Page>;
  close(): Promise<void>;
}

/** Builds the page with its fixtures, like the served page, and starts a browser. */
export async function openFixtures(): Promise<FixturePages> {
  const outDir = mkdtempSync(join(tmpdir(), "overnight-page-"));
  await build({
    logLevel: "error",
    define: { "import.meta.env.DEV": "true" },
    build: { outDir, emptyOutDir: true, copyPublicDir: false },
  });
  const server = await preview({
    logLevel: "error",
    preview: { port: 0, strictPort: false },
    build: { outDir },
  });
  const base = server.resolvedUrls?.local[0] ?? "";
  const browser = await chromium.launch({
    executablePath: findChromium() ?? undefined,
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  return {
    open: async (state, { width, height, theme = "light", still = false, hash = "" }) => {
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: theme,
        reducedMotion: "reduce",
        locale: "en-GB",
        timezoneId: "UTC",
      });
      const query = state === "recording" ? "recording" : `fixture=${state}${still ? "&still" : ""}`;
      await page.goto(`${base}?${query}${hash}`, { timeout: 90_000 });
      await page.waitForSelector(".masthead", { timeout: 90_000 });
      await page.waitForSelector(".recharts-surface", { timeout: 90_000 });
      return page;
    },
    close: async () => {
      await browser.close();
      await server.close();
      rmSync(outDir, { recursive: true });
    },
  };
}
