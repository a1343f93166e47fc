// Which hosts the page must be allowed to reach for a model: the sources of `connect-src`, by provider. The page's
// content policy names the chosen provider's and no other, so that a key cannot travel anywhere else.
import { complete, type ModelConfig, type ProviderId } from "../keys/config.ts";

/** Fixed hosts, and for `compatible` whatever the human typed: see `connectSources`. */
const CONNECT_SOURCES: Readonly<Record<ProviderId, readonly string[]>> = {
  anthropic: ["https://api.anthropic.com"],
  openai: ["https://api.openai.com"],
  google: ["https://generativelanguage.googleapis.com"],
  openrouter: ["https://openrouter.ai"],
  compatible: [],
  bridge: ["http://127.0.0.1:4601"],
  "prompt-api": [],
};

/** The origins a call to this model may go to. */
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

/** A `fetch` that refuses every origin but the model's own, redirects included: the same rule where no policy reaches. */
export function confinedFetch(config: ModelConfig, fetcher: typeof fetch = fetch): typeof fetch {
  const allowed = new Set(connectSources(config));
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input));
    if (!allowed.has(url.origin))
      throw new TypeError(`the lab does not send a model's requests to ${url.origin}`);
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    // The SDK names itself here; a server that does not list the header would fail the preflight.
    headers.delete("user-agent");
    // A redirect would carry the key's header along.
    const confined = { redirect: "error", credentials: "omit", referrerPolicy: "no-referrer" } as const;
    return fetcher(input, { ...init, ...confined, headers });
  };
}
