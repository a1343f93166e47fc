// `npm run verify -- study.bundle [commit]`: runs a claim again. Installs missing parts, then drives the page; see
// verify/main.ts.
import { whenNpmIsGone } from "./parent.mjs";
import { build, ensureChromium, load, prepare } from "./setup.mjs";

const args = process.argv.slice(2);
const help = args.includes("--help") || args.includes("-h");
// stdout carries JSON lines only, so all other output goes to stderr.
await prepare({ quiet: true, corpus: !help });
if (!help) {
  await build({ quiet: true });
  process.env.CHROMIUM = await ensureChromium();
}
whenNpmIsGone(() => process.exit(143)); // the status after SIGTERM; Chromium ends with this process
await load("verify/main.ts");
