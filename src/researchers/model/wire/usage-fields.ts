// The token counts of a Chat Completion, wherever a server puts them and whatever it calls them, under the names that the
// SDK reads. Counts that are no counts (null, negative, words) are left out: then the lab estimates.

type Fields = Readonly<Record<string, unknown>>;

const NAMES: Readonly<Record<string, readonly string[]>> = {
  prompt_tokens: ["prompt_tokens", "input_tokens", "promptTokens", "inputTokens", "prompt_eval_count"],
  completion_tokens: ["completion_tokens", "output_tokens", "completionTokens", "outputTokens", "eval_count"],
  total_tokens: ["total_tokens", "totalTokens"],
};

/** The usage of a chunk; null when it has none. `choices`: those of the chunk. */
export function usageIn(chunk: Fields, choices: readonly Fields[]): Fields | null {
  const groq = isRecord(chunk.x_groq) ? chunk.x_groq.usage : null;
  const places = [chunk.usage, groq, ...choices.map(({ usage }) => usage), timed(chunk.timings)];
  const usage = places.find((one) => isRecord(one));
  return isRecord(usage) ? named(usage) : null;
}

/** llama.cpp counts the evaluated tokens, and those of its cache beside them. */
function timed(timings: unknown): Fields | null {
  if (!isRecord(timings)) return null;
  const [read, cached, written] = [timings.prompt_n, timings.cache_n, timings.predicted_n].map(countOf);
  if (read === null || written === null) return null;
  return { prompt_tokens: read + (cached ?? 0), completion_tokens: written };
}

function named(usage: Fields): Fields {
  const counts = Object.entries(NAMES).flatMap(([name, others]) => {
    const count = others.map((one) => countOf(usage[one])).find((one) => one !== null);
    return count === undefined ? [] : [[name, count] as const];
  });
  const parts = Object.entries(usage).filter(
    ([name, value]) => isRecord(value) || (name === "cost" && typeof value === "number"),
  );
  // DeepSeek's name for the tokens that came from its cache.
  const cached = countOf(usage.prompt_cache_hit_tokens);
  return {
    ...(cached === null ? {} : { prompt_tokens_details: { cached_tokens: cached } }),
    ...Object.fromEntries(parts),
    ...Object.fromEntries(counts),
  };
}

/** A count of tokens, also as digits in a string; null for anything else. */
function countOf(value: unknown): number | null {
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isFinite(count) && count >= 0 ? count : null;
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
