// Serves the built page, for `npm start` and, on a free port, for the tests and the headless lab.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { untilSignal } from "./ending.ts";
import { listen } from "./serve/listen.mjs";
import { parseServeOptions, USAGE, type ServeOptions } from "./serve/options.mjs";
import { respondFrom } from "./serve/respond.ts";
import { readSite } from "./serve/site.ts";
import { root } from "./setup.mjs";

/** Starts the server; `port` 0 takes any free one. The address ends without a slash. Throws a one-line Error. */
export async function serve({ port = 0, hosts = [], address = null }: Partial<ServeOptions> = {}): Promise<{
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}> {
  const server = await listen({ port, address, respond: respondFrom(readSite(join(root, "dist")), hosts) });
  return {
    address: `http://localhost:${server.port}`,
    port: server.port,
    close: async () => void (await server.close()),
  };
}

/** Serves until a signal; resolves with the exit status. */
export function main(args: readonly string[]): Promise<number> {
  return untilSignal(async () => {
    const options = parseServeOptions(args);
    if (options === "help") {
      console.log(USAGE);
      return null;
    }
    const { address, close } = await serve(options);
    console.log(
      `\n  Overnight is at ${address}\n  Open it in a browser with WebGPU (Chrome or Edge 113+), press Start, go to bed. Ctrl-C ends it.\n`,
    );
    return close;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exit(await main(process.argv.slice(2)));
