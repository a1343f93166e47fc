// `npm run verify -- study.bundle [commit]`: runs a claim again. Sets up what is missing, then drives the page; see
// verify/main.ts.
import { build, ensureChromium, prepare, runScript } from "./setup.mjs";

const args = process.argv.slice(2);
const help = args.includes("--help") || args.includes("-h");
// stdout carries JSON lines only, so everything else goes to stderr.
await prepare({ quiet: true, corpus: !help });
if (!help) await build({ quiet: true });
const env = help ? {} : { CHROMIUM: await ensureChromium() };
process.exit(await runScript("verify/main.ts", args, { env }));
