// The free question to a provider: its list of models. Nothing is generated, so nothing is charged; the answer tells
// whether the server is there, whether it takes the key and whether it knows the model.
import type { ModelConfig } from "../keys/config.ts";

/** Where to ask. */
export function probeAddress({ provider, address, model }: Required<ModelConfig>): string {
  switch (provider) {
    case "anthropic":
    case "openai":
      return `${address}/models/${encodeURIComponent(model)}`;
    case "google":
      return `${address}/models/${encodeURIComponent(model.replace(/^models\//, ""))}`;
    case "openrouter":
      // The list of models is public there and would say nothing about the key.
      return `${address}/key`;
    default:
      return `${address}/models`;
  }
}

/** The headers that carry the key, as each provider wants it. */
export function probeHeaders(
  { provider }: Pick<ModelConfig, "provider">,
  key: string | null,
): Record<string, string> {
  if (key === null) return {};
  switch (provider) {
    case "anthropic":
      return {
        "x-api-key": key,
        "anthropic-version": "2023-06-01",
        "anthropic-dangerous-direct-browser-access": "true",
      };
    case "google":
      return { "x-goog-api-key": key };
    default:
      return { authorization: `Bearer ${key}` };
  }
}

/** Names of models in a list as OpenAI-compatible servers give it. */
export function modelNames(body: unknown): readonly string[] | null {
  const data = typeof body === "object" && body !== null && "data" in body ? body.data : null;
  if (!Array.isArray(data)) return null;
  return data.flatMap((entry: unknown) => {
    const id = typeof entry === "object" && entry !== null && "id" in entry ? entry.id : null;
    return typeof id === "string" ? [id] : [];
  });
}
