// Security headers of all responses. At run time the page narrows `connect-src` to its own origin, one provider and one
// engine (src/research/page/content-policy.ts). A policy cannot widen another, so the header must allow every provider,
// and engines on this machine.
import { basename, extname } from "node:path";

const PAGE = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // CodeMirror and the charts write styles
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self' http: https: ws://127.0.0.1:* ws://localhost:*",
  "worker-src 'self' blob:", // a blob's worker inherits the page's policy, see content-policy.ts
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** For scripts: a worker started from its own URL has the policy of that response. */
const WORKER = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self' blob:";

/** For the worker that fetches a text by its address (src/research/texts): any https host, and this machine. */
const DOWNLOAD =
  "default-src 'none'; script-src 'self'; connect-src 'self' https: http://localhost:* http://127.0.0.1:*";

/** sandbox.html contains its own policy; the header adds the directives that a document cannot set for itself. */
const SANDBOX = "sandbox allow-scripts; frame-ancestors 'self'";

/** The Content-Security-Policy of a file, by its name. */
export function policyOf(path: string): string {
  if (basename(path) === "sandbox.html") return SANDBOX;
  if (/^download-worker-[\w-]+\.js$/.test(basename(path))) return DOWNLOAD;
  return extname(path) === ".js" ? WORKER : PAGE;
}

/**
 * Headers of every response, refusals too. It omits Cross-Origin-Opener-Policy and -Embedder-Policy: isolation would
 * add shared memory and finer timers, which the lab does not use, and require the same headers of the sandbox's opaque
 * origin.
 */
export const COMMON = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Accept-Ranges": "none",
} as const;

export const REFUSAL_POLICY = "default-src 'none'; frame-ancestors 'none'";
