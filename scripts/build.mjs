// `npm run build`: builds the page into dist/, unless dist/ was built from the same sources.
import { build, prepare } from "./setup.mjs";

await prepare({ quiet: true });
await build({ quiet: true });
