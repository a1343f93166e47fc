// `npm start`: installs, prepares the corpus, builds the page and serves it; `npm start -- --help` lists the flags.
import { listen } from "./serve/listen.mjs";
import { parseServeOptions, USAGE } from "./serve/options.mjs";
import { build, fail, load, prepare } from "./setup.mjs";

const args = process.argv.slice(2);
try {
  const options = parseServeOptions(args);
  if (options === "help") {
    console.log(USAGE);
    process.exit(0);
  }
  // Report a busy port before minutes of set-up.
  const { close } = await listen({ ...options, respond: (_, response) => response.writeHead(503).end() });
  await close();
} catch (error) {
  fail(error.message.split("\n", 1)[0]);
}
await prepare();
await build();
const { main } = await load("serve.ts");
process.exit(await main(args));
