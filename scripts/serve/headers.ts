// What every answer says about how it may be used. The page narrows `connect-src` at run time to its own origin and one
// provider (src/research/models/policy.ts), and no policy widens another, so the header must allow every provider there.
import { basename, extname } from "node:path";

const PAGE = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'", // CodeMirror and the charts write styles
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self' http: https:",
  "worker-src 'self' blob:", // a blob's worker inherits the page's policy, see policy.ts
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** Of a script: a worker that starts from an address of its own has the policy of that answer. */
const WORKER = "default-src 'none'; script-src 'self'; connect-src 'self'; worker-src 'self' blob:";

/** sandbox.html brings its own policy; the header adds what a document cannot say of itself. */
const SANDBOX = "sandbox allow-scripts; frame-ancestors 'self'";

/** The Content-Security-Policy of a file, by its name. */
export function policyOf(path: string): string {
  if (basename(path) === "sandbox.html") return SANDBOX;
  return extname(path) === ".js" ? WORKER : PAGE;
}

/**
 * Of every answer, refusals too. Without Cross-Origin-Opener-Policy and -Embedder-Policy: isolation would bring shared
 * memory and finer timers, which nothing here uses, and ask the same headers of the sandbox's opaque origin.
 */
export const COMMON = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Accept-Ranges": "none",
} as const;

export const REFUSAL_POLICY = "default-src 'none'; frame-ancestors 'none'";
