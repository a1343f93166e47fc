// Serves the built page. Used by `npm start` and, on a free port, by the tests and the headless lab.
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Starts the server; `port` 0 takes any free one. The address ends without a slash. */
export async function serve({ port = 0, host = false } = {}): Promise<{
  address: string;
  close(): Promise<void>;
}> {
  const server = await preview({
    root,
    logLevel: "error",
    preview: { port, strictPort: false, host: host ? true : "127.0.0.1" },
  });
  const bound = server.httpServer.address();
  const actual = typeof bound === "object" && bound ? bound.port : port;
  return { address: `http://127.0.0.1:${actual}`, close: () => server.close() };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { port: { type: "string", default: "4600" }, host: { type: "boolean", default: false } },
  });
  const { address } = await serve({ port: Number(values.port), host: values.host });
  console.log(
    `\n  Overnight is at ${address.replace("127.0.0.1", "localhost")}\n  Open it in a browser with WebGPU (Chrome or Edge 113+), press Start, go to bed. Ctrl-C ends it.\n`,
  );
}
