// The page's content security policy: the origins it may connect to, and no script, style, font, frame or image from
// elsewhere, since an address could carry a key away. It is in force before anything else runs. A policy in a document
// can be tightened but never widened, so the provider's origin is remembered, and choosing another takes a reload (a
// running study goes on by itself). The lab's worker inherits it (src/start-worker.ts).

const STORED = "overnight:connect";
let allowed: readonly string[] = [];

/** Only whole http(s) origins, so that the stored text cannot add anything else to a policy. */
function origins(text: string | null): readonly string[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    if (!Array.isArray(list)) return [];
    return list.filter(
      (one): one is string =>
        typeof one === "string" &&
        /^https?:\/\//.test(one) &&
        URL.canParse(one) &&
        new URL(one).origin === one,
    );
  } catch {
    // Not written by this lab: only the page's own origin is allowed.
    return [];
  }
}

/** As the server's header has it (scripts/serve/headers.ts); a static host sends none. */
const OWN = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "worker-src 'self' blob:",
  "frame-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

export const policyFor = (sources: readonly string[]): string =>
  [...OWN, `connect-src ${["'self'", ...sources].join(" ")}`].join("; ");

/** Puts the policy into force. Call it once, before the lab's worker starts. `engine`: the address of one elsewhere. */
export function enforcePolicy(page: Document, stored: () => string | null, engine: string | null): void {
  allowed = origins(stored());
  const meta = page.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = policyFor(engine === null ? allowed : [...allowed, engine]);
  page.head.append(meta);
}

/** The origins that this page may connect to beside its own. */
export const allowedSources = (): readonly string[] => allowed;

/** Remembers the one provider's origins for the next load of the page. */
export function rememberSources(sources: readonly string[], storage: Pick<Storage, "setItem">): void {
  storage.setItem(STORED, JSON.stringify(origins(JSON.stringify(sources))));
}

export const storedSources = (storage: Pick<Storage, "getItem">): string | null => storage.getItem(STORED);
