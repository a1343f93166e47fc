// `npm run store-test`: damages the lab's store in every known way and opens the page on it. Words after `--` go to
// Playwright, such as `-g MANIFEST`. A short selection is part of `npm test`.
import { join } from "node:path";
import { build, ensureChromium, prepare, root, run } from "./setup.mjs";

await prepare();
const chromium = await ensureChromium();
await build();
const playwright = join(root, "node_modules", "@playwright", "test", "cli.js");
process.exitCode = await run(
  process.execPath,
  [playwright, "test", "tests/e2e/store.spec.ts", ...process.argv.slice(2)],
  { env: { STORE_TEST: "all", CHROMIUM: chromium } },
);
