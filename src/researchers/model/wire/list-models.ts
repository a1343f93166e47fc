// The free request to a provider: its list of models. It generates nothing, so it costs nothing; the answer shows
// whether the server runs, accepts the key and knows the model.
import type { ModelConfig } from "../keys/config.ts";

/** The address of the free request. */
export function probeAddress({ provider, address, model }: Required<ModelConfig>): string {
  switch (provider) {
    case "anthropic":
    case "openai":
      return `${address}/models/${encodeURIComponent(model)}`;
    case "google":
      return `${address}/models/${encodeURIComponent(model.replace(/^models\//, ""))}`;
    case "openrouter":
      // OpenRouter's list of models is public, so it would not test the key.
      return `${address}/key`;
    default:
      return `${address}/models`;
  }
}

/** The headers with the key, in each provider's form. */
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

/** The names of the models in the list of an OpenAI-compatible server. */
export function modelNames(body: unknown): readonly string[] | null {
  const data = typeof body === "object" && body !== null && "data" in body ? body.data : null;
  if (!Array.isArray(data)) return null;
  return data.flatMap((entry: unknown) => {
    const id = typeof entry === "object" && entry !== null && "id" in entry ? entry.id : null;
    return typeof id === "string" ? [id] : [];
  });
}
