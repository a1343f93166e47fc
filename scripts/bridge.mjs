// `npm run bridge -- claude`: lets an agent on this machine answer in place of a language model.
// `npm run bridge -- --help` lists the flags. See bridge/main.ts.
import { parseBridgeOptions, USAGE } from "./bridge/options.mjs";
import { load, prepare } from "./setup.mjs";

const args = process.argv.slice(2);
try {
  if (parseBridgeOptions(args) === "help") {
    console.log(USAGE);
    process.exit(0);
  }
} catch (error) {
  console.error(`overnight: ${error.message.split("\n", 1)[0]}`);
  process.exit(2);
}
await prepare({ corpus: false });
const { main } = await load("bridge/main.ts");
process.exit(await main(args));
