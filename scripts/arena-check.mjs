// `npm run arena-check -- NAME`: whether an arena is ready for a night; see arena/check.ts.
import { load, prepare } from "./setup.mjs";

// The findings are what it prints, so everything else goes to stderr.
await prepare({ quiet: true, corpus: false });
const { main } = await load("arena/check.ts");
process.exit(await main(process.argv.slice(2)));
