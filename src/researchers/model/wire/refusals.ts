// Recognises in a server's error message which feature of a request it lacks, and which sizes it states. No two servers
// use the same words; the comment at each pattern names its servers.

import type { Lack } from "../keys/capabilities.ts";

const NO =
  /\bnot\b|n't\b|\bno\b|unsupported|unknown|unexpected|unrecogni[sz]ed|invalid|requires?|extra|forbidden|failed|error parsing|use 'max_completion_tokens'/;

const LACKS: readonly (readonly [lack: Lack, thing: RegExp])[] = [
  // Newer models of OpenAI, and proxies in front of them.
  ["maxTokens", /max_tokens\W.{0,80}use '?max_completion_tokens|unsupported parameter: '?max_tokens/],
  ["streamOptions", /stream_options|include_usage/],
  // vLLM, llama.cpp, Gemma at Google, Groq, Ollama, Bedrock, OpenRouter, TGI.
  [
    "tools",
    /\btools?\b|\btool[ _-]?(?:use|call(?:ing|s)?|choice|config)|toolconfig|function[ _-]?call(?:ing|s)?|"?auto"? tool choice/,
  ],
  // Gemma's template, Google's Gemma, Mistral's older ones.
  [
    "system",
    /system (?:role|prompt|message|instruction)|role'?:? ?'?"?system|developer instruction|conversation roles must alternate/,
  ],
  ["stream", /\bstream(?:ing)?\b/],
];

/** The missing feature that the words name; null when they are about something else. `words` in lower case. */
export function lackIn(words: string): Lack | null {
  const near = (at: number, length: number) => NO.test(words.slice(Math.max(0, at - 60), at + length + 80));
  for (const [lack, thing] of LACKS) {
    const match = thing.exec(words);
    if (
      match &&
      (lack === "maxTokens" || /must alternate/.test(match[0]) || near(match.index, match[0].length))
    )
      return lack;
  }
  return null;
}

/** Sizes that an error states [tokens]; null: not stated. */
export interface Sizes {
  /** Prompt and answer together. */
  readonly context: number | null;
  /** The prompt that was sent, as the server counts it. */
  readonly prompt: number | null;
  /** The longest answer. */
  readonly answer: number | null;
}

const NUMBER = String.raw`(\d[\d,_']*)`;
const first = (words: string, patterns: readonly string[]): number | null => {
  for (const pattern of patterns) {
    const found = new RegExp(pattern.replaceAll("#", NUMBER), "i").exec(words)?.[1];
    if (found !== undefined) return Number(found.replace(/\D/g, ""));
  }
  return null;
};

/** Extracts the numbers of a refusal; for each size the first matching pattern counts. */
export function sizesIn(words: string): Sizes {
  return {
    context: first(words, [
      String.raw`"n_ctx"\s*:\s*#`, // llama.cpp's field
      String.raw`context (?:length|size|window)(?: is| of)?(?: only)? \(?#`, // vLLM, OpenAI, OpenRouter, LM Studio
      String.raw`available context size \(#`, // llama.cpp
      String.raw`maximum model length of #`, // vLLM
      String.raw`(?:tokens|\d) > # maximum`, // Anthropic
      String.raw`exceed context limit: [\d,]+ \+ [\d,]+ > #`, // Anthropic, with the answer
      String.raw`maximum number of tokens allowed \(#`, // Google
      String.raw`with # maximum context`, // Mistral
      String.raw`tokens \(limit #\)`, // Claude Code
      String.raw`\blimit:? #, requested`, // Groq: tokens a minute bound a single request
      String.raw`context[^.]{0,40}\b# tokens`,
    ]),
    prompt: first(words, [
      String.raw`"n_prompt_tokens"\s*:\s*#`,
      String.raw`\(# (?:tokens )?(?:in the messages|of text input|in your prompt)`,
      String.raw`(?:request|prompt) (?:has|contains|resulted in) # (?:input )?tokens`,
      String.raw`messages resulted in # tokens`,
      String.raw`request \(# tokens\)`,
      String.raw`prompt \(length #\)`,
      String.raw`prompt is too long: # tokens`,
      String.raw`input token count \(#\)`,
      String.raw`request is ~#`,
      String.raw`first # tokens when context`,
    ]),
    answer: first(words, [
      String.raw`supports at most # completion`,
      String.raw`max_tokens: [\d,]+ > #, which is the maximum`,
      String.raw`less than or equal to \D{0,3}#`,
      String.raw`valid range of max_(?:completion_)?tokens is \[1, ?#`,
      String.raw`(?:range|from 1) to # [^.]*max_?(?:output_?)?tokens`,
    ]),
  };
}

const UNIT: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1, ms: 0.001 };

/** The wait that the words ask for [ms]: "retry in 17h3m", "try again in 20 seconds", `"retryDelay": "34s"`. */
export function waitIn(words: string): number | null {
  const span =
    /(?:retry(?:delay)?|try again|wait|resets?|available)\b[^\d\n]{0,40}?((?:\d+(?:\.\d+)?\s*(?:milliseconds?|ms|days?|d|hours?|hrs?|h|minutes?|min|m|seconds?|secs?|s)[\s,]*(?:and )?)+)/i.exec(
      words,
    )?.[1];
  if (span === undefined) return null;
  const parts = [...span.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/gi)];
  const seconds = parts.reduce((sum, [, count = "", unit = ""]) => {
    const name = /^(?:ms|milli)/i.test(unit) ? "ms" : unit.charAt(0).toLowerCase();
    return sum + Number(count) * (UNIT[name] ?? 0);
  }, 0);
  return seconds > 0 ? Math.min(seconds * 1000, 86_400_000) : null;
}
