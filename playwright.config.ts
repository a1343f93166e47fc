import { defineConfig } from "@playwright/test";
import { findChromium } from "./scripts/setup.mjs";
import { chromiumArguments } from "./scripts/browser.ts";

const executablePath = findChromium() ?? undefined;

// One worker: every page trains a model, and two of them would fight over the adapter.
export default defineConfig({
  testDir: "tests/e2e",
  fullyParallel: false,
  workers: 1,
  timeout: 240_000,
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [["list"], ["json"]] : [["list"]],
  use: {
    baseURL: "http://127.0.0.1:4611",
    viewport: { width: 1280, height: 900 },
    launchOptions: { executablePath, args: chromiumArguments("software") },
    trace: "retain-on-failure",
  },
  webServer: {
    command: "node --import tsx scripts/serve.ts --port 4611",
    url: "http://127.0.0.1:4611",
    reuseExistingServer: !process.env.CI,
    timeout: 60_000,
  },
});
