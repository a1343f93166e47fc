// `npm run engine`: computes for a page on this machine's GPU, without a browser. `npm run engine -- --help` lists the
// flags. See engine/main.ts.
import { parseEngineOptions as parse, USAGE as usage } from "./engine/options.mjs";
import { launch } from "./launch.mjs";

await launch({ parse, usage, file: "engine/main.ts" });
