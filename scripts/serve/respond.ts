// Answers requests with whole files of the site, under the known host names only, and redirects to one origin, because
// a browser gives every origin a lab of its own.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { COMMON, REFUSAL_POLICY } from "./headers.ts";
import type { Site } from "./site.ts";

const LOOPBACK = ["127.0.0.1", "[::1]"];

/** Serves `site` under localhost and the names in `names`; redirects loopback addresses to localhost. */
export function respondFrom(site: Site, names: readonly string[]): RequestListener {
  const known = new Set(["localhost", ...names.map((name) => name.toLowerCase())]);
  return (request, response) => {
    const host = splitHost(request.headers.host);
    if (host === null) refuse(response, 400, "bad host");
    else if (known.has(host.name)) answer(site, request, response);
    // A page whose own host name points to this machine (DNS rebinding) would share the lab's origin in the browser.
    else if (!LOOPBACK.includes(host.name)) refuse(response, 421, "unknown host: npm start -- --host NAME");
    else if (!isRead(request)) refuse(response, 405, "method not allowed", { Allow: "GET, HEAD" });
    else {
      // Not a permanent redirect: browsers remember those, and another program may use the port tomorrow.
      const Location = `http://localhost${host.port}${pathOf(request)}`;
      refuse(response, 307, "moved", { Location });
    }
  };
}

function answer(site: Site, request: IncomingMessage, response: ServerResponse): void {
  if (!isRead(request)) {
    refuse(response, 405, "method not allowed", { Allow: "GET, HEAD" });
    return;
  }
  const path = decoded(pathOf(request).split("?", 1)[0]);
  if (path === null) {
    refuse(response, 400, "bad address");
    return;
  }
  const file = site.get(path);
  if (file === undefined) {
    refuse(response, 404, "not found");
    return;
  }
  const { bytes, type, etag, policy } = file;
  const headers = { ...COMMON, "Content-Security-Policy": policy, ETag: etag, "Cache-Control": "no-cache" };
  if (request.headers["if-none-match"] === etag) {
    response.writeHead(304, headers).end();
    return;
  }
  // `Range` is ignored: a server may always send the whole file, and the lab never reads parts.
  response.writeHead(200, { ...headers, "Content-Type": type, "Content-Length": bytes.length });
  response.end(bytes); // Node omits the body of the response to HEAD
}

const isRead = ({ method }: IncomingMessage): boolean => method === "GET" || method === "HEAD";

/** The path and query of a request; an address of another form becomes "/*", which no file has. */
const pathOf = ({ url = "" }: IncomingMessage): string => (url.startsWith("/") ? url : "/*");

function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path);
  } catch {
    return null; // `%` without two digits, or invalid UTF-8
  }
}

/** Splits a Host header into name and port (with its colon); null for an invalid one. */
function splitHost(host = ""): { name: string; port: string } | null {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+?)\.?(:\d{1,5})?$/i.exec(host);
  return found && { name: found[1].toLowerCase(), port: found[2] ?? "" };
}

function refuse(
  response: ServerResponse,
  status: number,
  line: string,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers = {
    ...COMMON,
    "Content-Security-Policy": REFUSAL_POLICY,
    "Cache-Control": "no-store",
    ...more,
  };
  response.writeHead(status, { ...headers, "Content-Type": "text/plain; charset=utf-8" });
  response.end(`${line}\n`);
}
