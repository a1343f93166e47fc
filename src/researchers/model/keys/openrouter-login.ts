// OpenRouter's login without a copied key (OAuth with PKCE, RFC 7636): the page sends the person there with a
// challenge, gets a code back in its address, and exchanges it for a key with a spending limit. Building and parsing
// addresses is pure; only the exchange uses the network.
import { LabError } from "../../../error.ts";

interface Login {
  /** A random string; the page keeps it (sessionStorage) until the person comes back. */
  readonly verifier: string;
  /** The address of the login page. */
  readonly url: string;
}

interface LoginOptions {
  /** The page's own address: OpenRouter sends the person back there. */
  readonly callback: string;
  /** The key's spending limit in dollars. */
  readonly limit: number;
  /** The key's expiry; ms since the epoch. */
  readonly expiresAt?: number;
  /** The key's name in the person's account. */
  readonly label?: string;
}

const SITE = "https://openrouter.ai";

/** The first step of the login. `random` fills an array (crypto.getRandomValues). */
export async function beginLogin(
  options: LoginOptions,
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): Promise<Login> {
  const verifier = base64url(random(new Uint8Array(32)));
  return { verifier, url: loginUrl(options, await challengeOf(verifier)) };
}

/** The address of the login page. Throws `value` unless the limit is positive and finite. */
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

/** The code in the page's address after a login, and that address without it; null when there is no code. */
export function readCallback(href: string): { readonly code: string; readonly clean: string } | null {
  const url = new URL(href);
  const code = url.searchParams.get("code");
  if (code === null || code === "") return null;
  url.searchParams.delete("code");
  return { code, clean: url.href };
}

/** The request that exchanges the code for the key. */
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

/** The last step: fetches the key. Throws `provider` with a message for people. */
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
