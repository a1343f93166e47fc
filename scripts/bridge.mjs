// `npm run bridge -- claude`: lets an agent on this machine answer in place of a language model.
// `npm run bridge -- --help` lists the flags. See bridge/main.ts.
import { parseBridgeOptions as parse, USAGE as usage } from "./bridge/options.mjs";
import { launch } from "./launch.mjs";

await launch({ parse, usage, file: "bridge/main.ts" });
