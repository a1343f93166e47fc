// The prices of tokens: a table of list prices with the day and source of each. The page shows it and a person can edit
// it. A model outside it has an unknown price, which is not a price of zero.
import { isLocal, type ModelConfig, type ProviderId } from "./config.ts";

/** Dollars per million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Price of prompt tokens read from the provider's cache; absent: the price of `input`. */
  readonly cacheRead?: number;
  /** Price of prompt tokens written to the cache; absent: the price of `input`. */
  readonly cacheWrite?: number;
}

export interface PriceRow extends Price {
  readonly provider: ProviderId;
  readonly model: string;
  /** The day on which the price was read: YYYY-MM-DD. */
  readonly read: string;
  readonly source: string;
}

export type PriceTable = readonly PriceRow[];

const ANTHROPIC = {
  provider: "anthropic",
  read: "2026-11-20",
  source: "platform.claude.com/docs/en/about-claude/pricing and the models' overview pages",
} as const;
const OPENAI = {
  provider: "openai",
  read: "2026-11-20",
  source: "reprints of the list price; compare developers.openai.com/api/docs/pricing",
} as const;
const GOOGLE = {
  provider: "google",
  read: "2026-11-20",
  source: "reprints of the list price of July 2026, standard tier, prompts up to 200,000 tokens",
} as const;

/** List prices. The table omits models whose price depends on more than tokens: unknown is safer than wrong. */
export const PRICES: PriceTable = [
  { ...ANTHROPIC, model: "claude-fable-5-1", input: 10, output: 50, cacheRead: 0.25, cacheWrite: 12.5 },
  { ...ANTHROPIC, model: "claude-fable-5", input: 10, output: 50, cacheRead: 1, cacheWrite: 12.5 },
  { ...ANTHROPIC, model: "claude-opus-5-5", input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  { ...ANTHROPIC, model: "claude-opus-5", input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  { ...ANTHROPIC, model: "claude-opus-4-8", input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  { ...ANTHROPIC, model: "claude-opus-4-7", input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  { ...ANTHROPIC, model: "claude-opus-4-6", input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  { ...ANTHROPIC, model: "claude-opus-4-5", input: 5, output: 25, cacheRead: 0.5, cacheWrite: 6.25 },
  { ...ANTHROPIC, model: "claude-sonnet-5-5", input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  { ...ANTHROPIC, model: "claude-sonnet-5", input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 },
  { ...ANTHROPIC, model: "claude-haiku-4-5", input: 1, output: 5 },
  { ...OPENAI, model: "gpt-5.6-sol", input: 5, output: 30, cacheRead: 0.5 },
  { ...OPENAI, model: "gpt-5.6-terra", input: 2.5, output: 15, cacheRead: 0.25 },
  { ...OPENAI, model: "gpt-5.6-luna", input: 1, output: 6, cacheRead: 0.1 },
  { ...OPENAI, model: "gpt-5.5", input: 5, output: 30 },
  { ...OPENAI, model: "gpt-5.4", input: 2.5, output: 15, cacheRead: 0.25 },
  { ...OPENAI, model: "gpt-5.4-mini", input: 0.75, output: 4.5, cacheRead: 0.075 },
  { ...OPENAI, model: "gpt-5", input: 1.25, output: 10 },
  { ...GOOGLE, model: "gemini-3.5-flash", input: 1.5, output: 9 },
  { ...GOOGLE, model: "gemini-3.1-pro-preview", input: 2, output: 12 },
  { ...GOOGLE, model: "gemini-3.1-flash-lite", input: 0.25, output: 1.5 },
  { ...GOOGLE, model: "gemini-2.5-pro", input: 1.25, output: 10 },
  { ...GOOGLE, model: "gemini-2.5-flash", input: 0.3, output: 2.5 },
  { ...GOOGLE, model: "gemini-2.5-flash-lite", input: 0.1, output: 0.4 },
];

/** Models on one's own machine cost nothing. */
const FREE: Price = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/** The subscription pays for an agent's calls, regardless of their number. */
const SUBSCRIPTION: Price = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };

/**
 * The price of a model, or null when it is unknown. A dated name means its undated model; OpenRouter charges the
 * provider's price, and its report after a call takes precedence. Rows edited by a person come first in the table and
 * win.
 */
export function priceOf(config: ModelConfig, table: PriceTable = PRICES): Price | null {
  const exact = table.find((row) => row.provider === config.provider && row.model === config.model);
  if (exact) return exact;
  if (config.provider === "bridge") return SUBSCRIPTION;
  if (isLocal(config)) return FREE;
  if (config.provider === "openrouter" && config.model.endsWith(":free")) return FREE;
  const [vendor, name] =
    config.provider === "openrouter" ? splitVendor(config.model) : [config.provider, config.model];
  return table.find((row) => row.provider === vendor && undated(row.model) === undated(name)) ?? null;
}

/** The price as the page shows it. */
export function priceWords(config: ModelConfig, table: PriceTable = PRICES): string {
  const price = priceOf(config, table);
  if (price === null) return "not known: its tokens are capped instead of its dollars";
  if (price === SUBSCRIPTION) return "subscription";
  if (price === FREE) return isLocal(config) ? "local, no charge" : "no charge";
  const row = table.find((one) => one === price);
  const read = row === undefined ? "" : `, read ${row.read}`;
  return `$${price.input} in, $${price.output} out per million tokens${read}`;
}

function splitVendor(model: string): [string, string] {
  const slash = model.indexOf("/");
  return [model.slice(0, Math.max(0, slash)), model.slice(slash + 1)];
}

/** Removes the date and normalises the version: `claude-haiku-4.5-20251001` and `claude-haiku-4-5` are one model. */
function undated(model: string): string {
  return model
    .toLowerCase()
    .replace(/-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$/, "")
    .replaceAll(".", "-");
}
