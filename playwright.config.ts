import { defineConfig } from "@playwright/test";
import { findChromium } from "./scripts/setup.mjs";
import { chromiumArguments } from "./scripts/browser.ts";

/** E2E_PORT allows testing two checkouts on one machine at once. */
const port = process.env.E2E_PORT ?? "4611";
const address = `http://localhost:${port}`;
const executablePath = findChromium() ?? undefined;

// One worker: every page trains a model, and two of them would compete for the adapter.
export default defineConfig({
  testDir: "tests/e2e",
  fullyParallel: false,
  workers: 1,
  timeout: 240_000,
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [["list"], ["json"]] : [["list"]],
  use: {
    baseURL: address,
    viewport: { width: 1280, height: 900 },
    serviceWorkers: "block", // offline.spec.ts is about it; the other stories ask the host itself
    launchOptions: { executablePath, args: chromiumArguments("software") },
    trace: "retain-on-failure",
  },
  webServer: {
    command: `node --import tsx scripts/serve.ts --port ${port}`,
    url: address,
    // An already running server would serve the page that it read at its own start.
    reuseExistingServer: false,
    timeout: 60_000,
  },
});
