// The built page in memory, by request path. A request is only looked up and never becomes a path on the disk, so no
// `..`, encoding or link reaches another file, and an open page stays complete while a build replaces dist/.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { policyOf } from "./headers.ts";

export interface SiteFile {
  readonly bytes: Buffer;
  readonly type: string;
  readonly etag: string;
  /** The file's Content-Security-Policy. */
  readonly policy: string;
}

/** Files by absolute, decoded path of the address: `/`, `/assets/index.js`. */
export type Site = ReadonlyMap<string, SiteFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".webmanifest": "application/manifest+json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
};

/** Reads a folder once, without links and names that begin with a dot. Throws a one-line Error if it has no page. */
export function readSite(folder: string): Site {
  const site = new Map<string, SiteFile>();
  const add = (below: string, address: string) => {
    for (const entry of readdirSync(below, { withFileTypes: true })) {
      if (entry.name.startsWith(".")) continue;
      const path = join(below, entry.name);
      if (entry.isDirectory()) add(path, `${address}${entry.name}/`);
      else if (entry.isFile()) site.set(address + entry.name, read(path));
    }
  };
  try {
    add(folder, "/");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
  }
  const index = site.get("/index.html");
  if (index === undefined) throw new Error(`no page is built in ${folder}: npm run build`);
  return site.set("/", index);
}

function read(path: string): SiteFile {
  const bytes = readFileSync(path);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url").slice(0, 22)}"`;
  return { bytes, type: TYPES[extname(path)] ?? "application/octet-stream", etag, policy: policyOf(path) };
}
