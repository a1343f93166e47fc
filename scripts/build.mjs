// `npm run build`: the page into dist/, unless what is there was made from the same sources.
import { build, prepare } from "./setup.mjs";

await prepare({ quiet: true });
await build({ quiet: true });
