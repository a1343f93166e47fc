// The built page as a static host serves it: compressed, with no header of its own. For measurements.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { root } from "../setup.mjs";
import { readSite } from "./site.ts";

/** A file that was asked for, and the bytes that were sent. */
export interface Sent {
  readonly path: string;
  readonly bytes: number;
}

/** Serves dist/ on a free port. `onSent` hears of every answer. */
export async function serveCompressed(
  onSent: (sent: Sent) => void = () => undefined,
): Promise<{ readonly address: string; close(): void }> {
  const site = readSite(join(root, "dist"));
  const server = createServer(({ url = "" }, response) => {
    const path = url.split("?", 1)[0] ?? "";
    const file = site.get(path);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const body = gzipSync(file.bytes);
    onSent({ path, bytes: body.length });
    response.writeHead(200, { "Content-Type": file.type, "Content-Encoding": "gzip" });
    response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    // Not "localhost": a browser may try IPv6 first.
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
