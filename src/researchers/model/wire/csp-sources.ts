// The hosts that the page may reach for a model, by provider: the sources of `connect-src`. The page's content policy
// names only the chosen provider's hosts, so that a key cannot be sent anywhere else.
import { complete, type ModelConfig, type ProviderId } from "../keys/config.ts";

/** The fixed hosts; `connectSources` adds the address that a person entered. */
const CONNECT_SOURCES: Readonly<Record<ProviderId, readonly string[]>> = {
  anthropic: ["https://api.anthropic.com"],
  openai: ["https://api.openai.com"],
  google: ["https://generativelanguage.googleapis.com"],
  openrouter: ["https://openrouter.ai"],
  compatible: [],
  bridge: ["http://127.0.0.1:4601"],
  "prompt-api": [],
};

/** The origins that calls to this model may reach. */
export function connectSources(config: ModelConfig): readonly string[] {
  const { address } = complete(config);
  if (config.provider === "prompt-api") return [];
  const chosen = config.address === undefined ? [] : [new URL(address).origin];
  return [
    ...new Set(
      config.provider === "compatible" || chosen.length > 0 ? chosen : CONNECT_SOURCES[config.provider],
    ),
  ];
}

/** A `fetch` that refuses every other origin, redirects included: the same rule where no content policy applies. */
export function confinedFetch(config: ModelConfig, fetcher: typeof fetch = fetch): typeof fetch {
  const allowed = new Set(connectSources(config));
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    if (!allowed.has(url.origin))
      throw new TypeError(`the lab does not send a model's requests to ${url.origin}`);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    // The SDK sets this header; at a server that does not list it, the preflight would fail.
    headers.delete("user-agent");
    // A redirect would forward the key's header.
    const confined = { redirect: "error", credentials: "omit", referrerPolicy: "no-referrer" } as const;
    return fetcher(input, { ...init, ...confined, headers });
  };
}
