// The configuration of a language model: which one, and its address. It holds no key: keys are looked up in the key
// ring at each call, so a configuration may be stored, shown and exported.
import { LabError } from "../../../error.ts";

export type ProviderId =
  "anthropic" | "openai" | "google" | "openrouter" | "compatible" | "bridge" | "prompt-api";

export interface ModelConfig {
  readonly provider: ProviderId;
  /** The provider's own name of the model; ignored by the Prompt API. */
  readonly model: string;
  /** Base address with version path (`http://localhost:11434/v1`); required for `compatible`, elsewhere a proxy. */
  readonly address?: string;
  /** Whether the model calls tools; absent: the provider's default, corrected when a server refuses. */
  readonly tools?: boolean;
  /** Maximum length of a prompt [tokens]; absent: the provider's default. */
  readonly promptTokens?: number;
  /** Maximum length of one answer, thinking included [tokens]; absent: the provider's default. */
  readonly answerTokens?: number;
}

interface Provider {
  readonly id: ProviderId;
  /** The provider's name in prose. */
  readonly name: string;
  readonly address: string | null;
  readonly needsKey: boolean;
  /** The page where a person gets a key. */
  readonly keyPage: string | null;
  /** The environment variable from which `npm run lab` reads the key. */
  readonly keyVariable: string | null;
  readonly tools: boolean;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

const hosted = { needsKey: true, tools: true, promptTokens: 48_000, answerTokens: 24_000 } as const;

/** The defaults suit a night of some hundred calls: a prompt of 48,000 tokens holds the manual and a long notebook. */
export const PROVIDERS: Readonly<Record<ProviderId, Provider>> = {
  anthropic: {
    ...hosted,
    id: "anthropic",
    name: "Anthropic",
    address: "https://api.anthropic.com/v1",
    keyPage: "https://console.anthropic.com/settings/keys",
    keyVariable: "ANTHROPIC_API_KEY",
  },
  openai: {
    ...hosted,
    id: "openai",
    name: "OpenAI",
    address: "https://api.openai.com/v1",
    keyPage: "https://platform.openai.com/api-keys",
    keyVariable: "OPENAI_API_KEY",
  },
  google: {
    ...hosted,
    id: "google",
    name: "Google",
    address: "https://generativelanguage.googleapis.com/v1beta",
    keyPage: "https://aistudio.google.com/apikey",
    keyVariable: "GEMINI_API_KEY",
  },
  openrouter: {
    ...hosted,
    id: "openrouter",
    name: "OpenRouter",
    address: "https://openrouter.ai/api/v1",
    keyPage: "https://openrouter.ai/settings/keys",
    keyVariable: "OPENROUTER_API_KEY",
  },
  // Local models have short contexts and read slowly: a short prompt that they read in time beats a complete one.
  compatible: {
    id: "compatible",
    name: "OpenAI-compatible server",
    address: null,
    needsKey: false,
    keyPage: null,
    keyVariable: "COMPATIBLE_API_KEY",
    tools: true,
    promptTokens: 16_000,
    answerTokens: 6_000,
  },
  // An agent on this machine, paid by subscription: npm run bridge. It answers in the single-answer form, without
  // tools.
  bridge: {
    id: "bridge",
    name: "An agent on this machine",
    address: "http://127.0.0.1:4601/v1",
    needsKey: true,
    keyPage: null,
    keyVariable: "BRIDGE_TOKEN",
    tools: false,
    promptTokens: 48_000,
    answerTokens: 24_000,
  },
  "prompt-api": {
    id: "prompt-api",
    name: "Chrome's built-in model",
    address: null,
    needsKey: false,
    keyPage: null,
    keyVariable: null,
    tools: false,
    promptTokens: 5_000,
    answerTokens: 2_000,
  },
};

/** Fills in the provider's defaults. Throws `value` when a required setting is missing. */
export function complete(config: ModelConfig): Required<ModelConfig> {
  const provider = PROVIDERS[config.provider];
  // The SDK appends the path of Chat Completions, which people copy with the address.
  const address = (config.address ?? provider.address ?? "")
    .trim()
    .replace(/\/+$/, "")
    .replace(/\/(?:chat\/)?completions$/, "");
  if (config.provider === "compatible" && !isHttp(address)) {
    throw new LabError("value", {
      what: "an OpenAI-compatible server needs an address",
      got: address === "" ? "none" : address,
      expected: "for example http://localhost:11434/v1",
    });
  }
  if (config.provider === "bridge" && !LOOPBACK.test(address)) {
    throw new LabError("value", {
      what: "the bridge to an agent is on this machine",
      got: address,
      expected: "for example http://127.0.0.1:4601/v1, as npm run bridge prints it",
    });
  }
  if (config.model.trim() === "" && config.provider !== "prompt-api") {
    throw new LabError("value", { what: `${provider.name} needs the name of a model` });
  }
  const { tools, promptTokens, answerTokens } = provider;
  return { tools, promptTokens, answerTokens, ...defined(config), model: config.model.trim(), address };
}

/** `anthropic:MODEL`, `openai:MODEL`, `google:MODEL`, `openrouter:MODEL`, `compatible:MODEL@URL`, `bridge:AGENT`. */
export function parseModelSpec(spec: string): ModelConfig {
  const colon = spec.indexOf(":");
  const provider = colon < 0 ? spec : spec.slice(0, colon);
  const rest = colon < 0 ? "" : spec.slice(colon + 1);
  if (!Object.hasOwn(PROVIDERS, provider)) {
    throw new LabError("value", {
      what: "no such provider of language models",
      got: provider,
      expected: Object.keys(PROVIDERS).join(", "),
    });
  }
  // A model's name may contain an @ or a colon (`qwen3:8b`); an address begins with its scheme.
  const at = rest.search(/@https?:\/\//);
  const config: ModelConfig = {
    provider: provider as ProviderId,
    model: at < 0 ? rest : rest.slice(0, at),
    ...(at < 0 ? {} : { address: rest.slice(at + 1) }),
  };
  complete(config);
  return config;
}

/** The model's name in the notebook: `anthropic:claude-sonnet-5-5`. */
export function researcherName(config: ModelConfig): string {
  return config.provider === "prompt-api" ? "prompt-api" : `${config.provider}:${config.model.trim()}`;
}

/** Whether the server runs on this machine or in the local network, where calls are free. */
export function isLocal(config: ModelConfig): boolean {
  if (config.provider === "prompt-api" || config.provider === "bridge") return true;
  if (config.provider !== "compatible" || !config.address) return false;
  const host = isHttp(config.address) ? new URL(config.address).hostname.replace(/^\[|\]$/g, "") : "";
  return (
    /^(localhost|.*\.localhost|.*\.local|::1|f[cd][0-9a-f]{2}:.*|fe80:.*)$/i.test(host) ||
    /^(127|10)\.|^192\.168\.|^169\.254\.|^172\.(1[6-9]|2\d|3[01])\./.test(host)
  );
}

const LOOPBACK = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d+)?(\/|$)/;

const isHttp = (address: string): boolean => /^https?:\/\/[^/]/.test(address) && URL.canParse(address);

function defined(config: ModelConfig): Partial<ModelConfig> & Pick<ModelConfig, "provider"> {
  const entries = Object.entries(config).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<ModelConfig> & Pick<ModelConfig, "provider">;
}
