// `npm run engine`: computes for a page on this machine's GPU, without a browser. `npm run engine -- --help` lists the
// flags. See engine/main.ts.
import { parseEngineOptions, USAGE } from "./engine/options.mjs";
import { load, prepare } from "./setup.mjs";

const args = process.argv.slice(2);
try {
  if (parseEngineOptions(args) === "help") {
    console.log(USAGE);
    process.exit(0);
  }
} catch (error) {
  console.error(`overnight: ${error.message.split("\n", 1)[0]}`);
  process.exit(2);
}
await prepare({ corpus: false });
const { main } = await load("engine/main.ts");
process.exit(await main(args)); // explicit, because Dawn keeps the process alive
