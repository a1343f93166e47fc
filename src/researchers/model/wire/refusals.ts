// Recognises in a server's error message which feature of a request it lacks, and which sizes it states. No two servers
// use the same words; the comment at each pattern names its servers.

import type { Lack } from "../keys/capabilities.ts";

/** Words of a refusal near the name of a feature. */
const NO =
  /\bnot\b|n't\b|\bno\b|cannot|unable|unsupported|disabled|without|unknown|unexpected|unrecogni[sz]ed|invalid|requires?|extra|forbidden|failed|error|\bonly\b|\bmust\b/;

interface Refused {
  readonly lack: Lack;
  readonly thing: RegExp;
  /** The thing itself is a refusal; else a word of NO stands near it. */
  readonly alone?: true;
}

const LACKS: readonly Refused[] = [
  // Newer models of OpenAI, and proxies in front of them.
  {
    lack: "maxTokens",
    thing:
      /max_tokens\b.{0,120}(?:use|favou?r of)\W{0,3}max_completion_tokens|(?:unsupported|unknown|unrecogni[sz]ed|unexpected)[^.]{0,60}\bmax_tokens|max_tokens\W{1,4}(?:extra inputs|is not (?:supported|permitted|allowed))/,
    alone: true,
  },
  { lack: "streamOptions", thing: /stream_options|include_usage/ },
  // Templates that allow two roles alone: Mistral's older ones, Gemma's, Llama 2's.
  { lack: "system", thing: /roles must alternate|only user(?:,| and)[^.]{0,30} roles?\b/, alone: true },
  // vLLM, llama.cpp, Gemma at Google, Groq, Ollama, Bedrock, OpenRouter, TGI.
  {
    lack: "tools",
    thing:
      /\btools?\b|\btool[ _-]?(?:use|call(?:ing|s)?|choice|config)|toolconfig|function[ _-]?(?:call(?:ing|s)?|declarations?)|schema for function|"?auto"? tool choice/,
  },
  // Gemma at Google, proxies of Anthropic's wire format.
  {
    lack: "system",
    thing:
      /system (?:role|prompt|message|instruction)|roles?\W{0,6}system\b|\bgot\W{1,3}system\b|developer instruction/,
  },
  {
    lack: "stream",
    thing:
      /\bstream(?:ing|ed)?\b[^.]{0,40}(?:not (?:be )?(?:supported|allowed|available|enabled|implemented|possible)|unsupported|disabled|must be (?:set to )?false)|(?:not|n't|cannot|unable to) (?:support|allow|do|use|handle|stream)[^.]{0,20}\bstream|(?:unsupported|unknown|unrecogni[sz]ed|unexpected|extra)[^.]{0,40}\bstream\b/,
    alone: true,
  },
];

/** The missing feature that the words name; null when they are about something else. `words` in lower case. */
export function lackIn(words: string): Lack | null {
  const near = (at: number, length: number) => NO.test(words.slice(Math.max(0, at - 60), at + length + 80));
  for (const { lack, thing, alone } of LACKS) {
    const match = thing.exec(words);
    if (match && (alone || near(match.index, match[0].length))) return lack;
  }
  return null;
}

/** A server whose own template or parser broke on the request, in words that name no feature. */
export const isBrokenForm = (words: string): boolean =>
  /template|jinja|render|grammar|not callable|undefined|schema|\bpars(?:e|er|ing)\b/i.test(words);

/** Whether the words of an error say that nothing is served at the address. */
export const saysNoRoute = (words: string): boolean =>
  /^(?:404\W*)?(?:(?:file|page|endpoint|route|path|url|resource) )?not found\W*$|cannot (?:post|get) \/|invalid url|unexpected endpoint|method not allowed|(?:no|unknown|unrecogni[sz]ed)(?: \w+)? (?:route|endpoint|path|url)\b/i.test(
    words.trim(),
  );

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
      String.raw`"?n_ctx"?\s*:\s*#`, // llama.cpp's field, LM Studio
      String.raw`max_seq_len #`, // TabbyAPI
      String.raw`context (?:length|size|window)(?: is| of|:)?(?: only)? \(?#`, // vLLM, OpenAI, OpenRouter, LM Studio, Fireworks
      String.raw`available context size \(#`, // llama.cpp
      String.raw`maximum (?:model length of|prompt length is) #`, // vLLM, xAI
      String.raw`(?:must be <=|must have less than|cannot exceed|while limit is|max size:) #`, // TGI, Cohere, Cerebras, GitHub
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
      String.raw`(?:request|input) \(# tokens\)`,
      String.raw`(?:given|passed|received|current length is|n_keep):? #`,
      String.raw`# tokens from the input`,
      String.raw`requested tokens \(#\)`,
      String.raw`prompt \(length #\)`,
      String.raw`prompt is too long: #`,
      String.raw`input token count \(#\)`,
      String.raw`request is ~#`,
      String.raw`first # tokens when context`,
    ]),
    answer: first(words, [
      String.raw`supports at most # completion`,
      String.raw`exceeds the model limit of #`,
      String.raw`max_tokens: [\d,]+ > #, which is the maximum`,
      String.raw`less than or equal to \D{0,3}#`,
      String.raw`valid range of max_(?:completion_)?tokens is \[1, ?#`,
      String.raw`(?:range|from 1) to # [^.]*max_?(?:output_?)?tokens`,
    ]),
  };
}
