// `npm run arena-check -- NAME`: checks whether an arena is ready for a night; see arena/check.ts.
import { load, prepare } from "./setup.mjs";

// stdout carries only the findings; all other output goes to stderr.
await prepare({ quiet: true, corpus: false });
const { main } = await load("arena/check.ts");
process.exit(await main(process.argv.slice(2)));
