// OpenRouter's login without a copied key (OAuth with PKCE, RFC 7636): the page sends the person there with a
// challenge, gets a code back in its address, and exchanges it for a key that carries a spending limit. Building and
// reading addresses is pure; only the exchange and the question for the limit touch the network.
import { LabError } from "../../../error.ts";

interface Login {
  /** Random; the page keeps it (sessionStorage) until the person comes back. */
  readonly verifier: string;
  /** Where to send the person. */
  readonly url: string;
}

interface LoginOptions {
  /** Where OpenRouter sends the person back: the page's own address. */
  readonly callback: string;
  /** Dollars the key may spend. */
  readonly limit: number;
  /** When the key ends; ms since the epoch. */
  readonly expiresAt?: number;
  /** What the key is called in the person's account. */
  readonly label?: string;
}

const SITE = "https://openrouter.ai";

/** The first step. `random` fills an array (crypto.getRandomValues). */
export async function beginLogin(
  options: LoginOptions,
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): Promise<Login> {
  const verifier = base64url(random(new Uint8Array(32)));
  return { verifier, url: loginUrl(options, await challengeOf(verifier)) };
}

/** The address to send the person to. Throws `value` for a limit that is none. */
export function loginUrl({ callback, limit, expiresAt, label }: LoginOptions, challenge: string): string {
  if (!(limit > 0) || !Number.isFinite(limit)) {
    throw new LabError("value", { what: "the spending limit must be positive", got: String(limit) });
  }
  const url = new URL("/auth", SITE);
  url.searchParams.set("callback_url", callback);
  url.searchParams.set("code_challenge", challenge);
  url.searchParams.set("code_challenge_method", "S256");
  url.searchParams.set("limit", String(limit));
  if (label !== undefined) url.searchParams.set("key_label", label);
  if (expiresAt !== undefined) url.searchParams.set("expires_at", new Date(expiresAt).toISOString());
  return url.href;
}

/** BASE64URL(SHA-256(verifier)), RFC 7636, 4.2. */
export async function challengeOf(verifier: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return base64url(new Uint8Array(hash));
}

/** The code in the address the person came back to, and that address without it; null when they did not come from there. */
export function readCallback(href: string): { readonly code: string; readonly clean: string } | null {
  const url = new URL(href);
  const code = url.searchParams.get("code");
  if (code === null || code === "") return null;
  url.searchParams.delete("code");
  return { code, clean: url.href };
}

/** What to POST for the key. */
export function exchangeRequest(
  code: string,
  verifier: string,
): { readonly url: string; readonly init: RequestInit } {
  const body = JSON.stringify({ code, code_verifier: verifier, code_challenge_method: "S256" });
  const headers = { "content-type": "application/json" };
  return {
    url: `${SITE}/api/v1/auth/keys`,
    init: {
      method: "POST",
      headers,
      body,
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
    },
  };
}

/** The last step: the key. Throws `provider` in words. */
export async function exchangeCode(
  code: string,
  verifier: string,
  fetcher: typeof fetch = fetch,
): Promise<string> {
  const { url, init } = exchangeRequest(code, verifier);
  let response: Response;
  try {
    response = await fetcher(url, init);
  } catch {
    throw new LabError("provider", "OpenRouter could not be reached to finish the login");
  }
  const answer: unknown = await response.json().catch(() => null);
  const key = typeof answer === "object" && answer !== null && "key" in answer ? answer.key : null;
  if (response.ok && typeof key === "string" && key !== "") return key;
  throw new LabError("provider", {
    what: "OpenRouter did not give a key",
    got: `status ${response.status}`,
    hint: "a code works once and not for long: log in again",
  });
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}
