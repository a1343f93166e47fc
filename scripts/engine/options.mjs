// The flags of `npm run engine`. Plain JavaScript, because they are read before anything is installed.
import { parseArgs } from "node:util";

export const USAGE = `npm run engine -- [flags]

Computes for a page whose browser has no GPU, on this machine's GPU, without a browser.

  --port N        the port of ws://127.0.0.1:N                            (4602)
  --origin URL    the one origin whose pages may use it                   (http://localhost:4600)
  --help

The token is random; ENGINE_TOKEN in the environment sets another, of at least 16 characters. Ends with Ctrl-C or SIGTERM.
Exits with 1 when it cannot serve, 2 when a flag is wrong.`;

/** Parses the flags; throws a one-line Error for a wrong one. */
export function parseEngineOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: "4602" },
      origin: { type: "string", default: "http://localhost:4600" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const { origin } = values;
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN;
  if (!(port >= 1 && port <= 65_535))
    throw new Error(`--port: got ${JSON.stringify(values.port)}, expected a whole number from 1 to 65535`);
  if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin))
    throw new Error(`--origin: got ${JSON.stringify(origin)}, expected one such as http://localhost:4600`);
  return { port, origin };
}
