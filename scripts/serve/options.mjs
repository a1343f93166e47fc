// The flags of `npm start`. Plain JavaScript, because they are read before anything is installed.
import { parseArgs } from "node:util";

export const USAGE = `npm start -- [flags]

  --port N          the port of http://localhost:N; every port has a lab of its own    (4600)
  --host NAME       answer to this host name too, as behind a tunnel; may be repeated  (localhost alone)
  --listen ADDRESS  the address to listen on, 0.0.0.0 for every one                    (loopback)
  --help

Ends with Ctrl-C or SIGTERM. Exits with 1 when it cannot serve, 2 when a flag is wrong.`;

/** Parses the flags; throws a one-line Error for a wrong one. */
export function parseServeOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "4600" },
      host: { type: "string", multiple: true, default: [] },
      listen: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return "help";
  const port = /^\d{1,5}$/.test(values.port) ? Number(values.port) : NaN;
  if (!(port >= 1 && port <= 65_535))
    throw new Error(`--port: got ${JSON.stringify(values.port)}, expected a whole number from 1 to 65535`);
  for (const name of values.host) {
    if (!/^(\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9._-]*[a-z0-9])?)$/i.test(name))
      throw new Error(
        `--host: got ${JSON.stringify(name)}, expected a name such as lab.example.org, without port`,
      );
  }
  if (values.listen === "") throw new Error(`--listen: got nothing, expected an address such as 0.0.0.0`);
  return { port, hosts: values.host, address: values.listen ?? null };
}
