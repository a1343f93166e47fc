// `npm run crash-test`: kills processes of a browser with a running study, 200 times or `-- --kills N`, and checks the
// study with real git after each kill. `-- --seed S` chooses other moments. Twenty kills are part of `npm test`.
import { parseArgs } from "node:util";
import { join } from "node:path";
import { ensureChromium, prepare, root, run } from "./setup.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, seed: { type: "string", default: "1" } },
});
await prepare();
const chromium = await ensureChromium();
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
process.exitCode = await run(
  process.execPath,
  [vitest, "run", "tests/durability/crash", "--project", "durability", "--disable-console-intercept"],
  {
    env: { CRASH_KILLS: values.kills, CRASH_SEED: values.seed, CHROMIUM: chromium },
  },
);
