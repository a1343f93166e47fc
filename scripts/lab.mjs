// `npm run lab -- …`: the lab without a window. Checks the flags, installs missing parts, then drives the page; see
// lab/main.ts.
import { checkTargets } from "./lab/target.mjs";
import { USAGE } from "./lab/usage.mjs";
import { build, ensureChromium, load, prepare } from "./setup.mjs";

const args = process.argv.slice(2);
if (args.includes("--help") || args.includes("-h")) {
  console.log(USAGE);
  process.exit(0);
}
try {
  checkTargets(args);
} catch (error) {
  // With --mcp, stdout belongs to the agent's protocol.
  const tell = args.includes("--mcp") ? console.error : console.log;
  tell(JSON.stringify({ type: "error", reason: error.message.split("\n", 1)[0] }));
  process.exit(2);
}
// A study of another arena needs no page, no GPU and no text.
if (args.some((arg) => arg === "--arena" || arg.startsWith("--arena="))) {
  await prepare({ quiet: true, corpus: false });
  const { main } = await load("arena/lab.ts");
  process.exit(await main(args));
}
// stdout carries JSON lines only, so all other output goes to stderr.
await prepare({ quiet: true, corpus: false });
const { main } = await load("lab/main.ts");
const status = await main(args, async () => {
  await prepare({ quiet: true });
  await build({ quiet: true });
  return ensureChromium();
});
process.exit(status);
