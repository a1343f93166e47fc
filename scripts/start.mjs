// `npm start`: installs, prepares the corpus, builds the page and serves it. `npm start -- --port 4000 --host`.
import { parseArgs } from "node:util";
import { build, prepare, runScript } from "./setup.mjs";

const { values } = parseArgs({
  options: { port: { type: "string", default: "4600" }, host: { type: "boolean", default: false } },
});
await prepare();
await build();
process.exit(await runScript("serve.ts", ["--port", values.port, ...(values.host ? ["--host"] : [])]));
