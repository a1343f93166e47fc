import { describe, expect, it } from "vitest";
import { classify } from "./classify.ts";
import { lackIn, saysNoRoute, sizesIn } from "./refusals.ts";
import { waitIn } from "./stated-wait.ts";

describe("a feature that a server lacks", () => {
  it.each([
    ["tools", '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set'],
    ["tools", "tools param requires --jinja flag"],
    ["tools", "Unsupported param: tools"],
    ["tools", "Cannot use tools with stream: not supported"],
    ["tools", "`tool calling` is not supported with this model"],
    ["tools", "Function calling is not enabled for models/gemma-3-12b-it"],
    ["tools", "registry.ollama.ai/library/gemma3:4b does not support tools"],
    ["tools", "This model doesn't support tool use in streaming mode."],
    ["tools", "No endpoints found that support tool use"],
    ["tools", "body.tools: extra inputs are not permitted"],
    ["tools", "error parsing tool call: raw='{\"name\"', err=unexpected end of JSON input"],
    ["tools", "failed to call a function (tool_use_failed)"],
    ["tools", "Tools cannot be used with this model"],
    ["tools", "Tool use is disabled for your deployment"],
    ["tools", "json: cannot unmarshal object into Go struct field ChatRequest.tools of type api.Tools"],
    ["tools", "Invalid schema for function 'submit': additionalProperties must be a boolean"],
    ["tools", 'Unknown name "additionalProperties" at tools[0].function_declarations[0].parameters'],
    ["tools", "deepseek-reasoner does not support Function Calling"],
    ["tools", "Cannot use custom grammar constraints with tools."],
    ["system", "System role not supported"],
    ["system", "Only user and assistant roles are supported!"],
    ["system", "Only user, assistant and tool roles are supported, got system."],
    ["system", 'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter'],
    ["system", "Developer instruction is not enabled for models/gemma-3-12b-it"],
    ["system", "Conversation roles must alternate user/assistant/user/assistant/..."],
    ["streamOptions", "Unknown parameter: 'stream_options'"],
    ["streamOptions", "stream_options.include_usage: extra inputs are not permitted"],
    [
      "maxTokens",
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    ["maxTokens", "Unrecognized request argument supplied: max_tokens"],
    ["maxTokens", "max_tokens is deprecated in favor of max_completion_tokens"],
    ["stream", "streaming is not supported for this model"],
    ["stream", "This endpoint does not support stream mode"],
    ["stream", "`stream` must be set to false"],
    [null, "the upstream stream failed: connection reset"],
    [null, "error while streaming the answer"],
    [null, "the model is overloaded"],
    [null, "this model's maximum context length is 4096 tokens"],
    [null, "max_tokens is too large: 24000. This model supports at most 4096 completion tokens"],
  ])("%s: %s", (lack, words) => {
    expect(lackIn(words.toLowerCase())).toBe(lack);
  });
});

describe("the sizes of an error", () => {
  it.each([
    [
      "This model's maximum context length is 4096 tokens. However, you requested 9000 tokens (3000 in the messages, 6000 in the completion).",
      4096,
      3000,
      null,
    ],
    [
      "'max_tokens' or 'max_completion_tokens' is too large: 6000. This model's maximum context length is 8192 tokens and your request has 3000 input tokens (6000 > 8192 - 3000).",
      8192,
      3000,
      null,
    ],
    ["The decoder prompt (length 5000) is longer than the maximum model length of 4096.", 4096, 5000, null],
    [
      "request (5000 tokens) exceeds the available context size (4096 tokens), try increasing it",
      4096,
      5000,
      null,
    ],
    ['{"error":{"type":"exceed_context_size_error","n_prompt_tokens":5000,"n_ctx":4096}}', 4096, 5000, null],
    [
      "Trying to keep the first 5000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.",
      4096,
      5000,
      null,
    ],
    ["prompt is too long: 210000 tokens > 200000 maximum", 200000, 210000, null],
    [
      "input length and `max_tokens` exceed context limit: 190000 + 24000 > 200000, decrease input length",
      200000,
      null,
      null,
    ],
    [
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      1048576,
      1200000,
      null,
    ],
    [
      "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
      32768,
      40000,
      null,
    ],
    [
      "This endpoint's maximum context length is 32,768 tokens. However, you requested about 72000 tokens (48000 of text input, 24000 in the output).",
      32768,
      48000,
      null,
    ],
    [
      "Request too large for model `x` on tokens per minute (TPM): Limit 6000, Requested 9000, please reduce",
      6000,
      null,
      null,
    ],
    ["max_tokens is too large: 24000. This model supports at most 4096 completion tokens", null, null, 4096],
    [
      "max_tokens: 24000 > 8192, which is the maximum allowed number of output tokens for claude",
      null,
      null,
      8192,
    ],
    ["`max_tokens` must be less than or equal to `8192`, the maximum value", null, null, 8192],
    ["Invalid max_tokens value, the valid range of max_tokens is [1, 8192]", null, null, 8192],
    [
      "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096. Given: 5000 `inputs` tokens and 1000 `max_new_tokens`",
      4096,
      5000,
      null,
    ],
    ["`inputs` must have less than 4096 tokens. Given: 5000", 4096, 5000, null],
    ["The input (5000 tokens) is longer than the model's context length (4096 tokens).", 4096, 5000, null],
    [
      "Requested token count exceeds the model's maximum context length of 4096 tokens. You requested a total of 9000 tokens: 3000 tokens from the input messages and 6000 tokens for the completion.",
      4096,
      3000,
      null,
    ],
    ["The prompt is too long: 140000, model maximum context length: 131071", 131071, 140000, null],
    [
      "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 5000",
      4081,
      5000,
      null,
    ],
    [
      "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
      131072,
      140000,
      null,
    ],
    [
      "Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192",
      8192,
      9000,
      null,
    ],
    ["Context length 5000 is greater than max_seq_len 4096", 4096, null, null],
    ["Requested tokens (5000) exceed context window of 4096", 4096, 5000, null],
    ["Request body too large for gpt-4o model. Max size: 8000 tokens.", 8000, null, null],
    [
      "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 5000>= n_ctx: 4096)",
      4096,
      5000,
      null,
    ],
    [
      "You passed 5000 input tokens and requested 6000 output tokens. However, the model's context length is only 8192 tokens",
      8192,
      5000,
      null,
    ],
    [
      "The maximum tokens you requested exceeds the model limit of 4096. Try again with a lower value.",
      null,
      null,
      4096,
    ],
    ["out of memory", null, null, null],
  ])("%s", (words, context, prompt, answer) => {
    expect(sizesIn(words)).toEqual({ context, prompt, answer });
    const error = { statusCode: 400, responseBody: JSON.stringify({ error: { message: words } }) };
    const { kind } = classify(error, { now: 0, answered: false, received: 0, redact: (text) => text });
    expect(kind === "context").toBe(words !== "out of memory");
  });
});

describe("a wait in the text of a refusal", () => {
  const NOW = Date.UTC(2026, 10, 30, 14, 30, 20);
  const HOUR = 3_600_000;
  it.each([
    ["Please try again in 17h23m5.5s.", 62_585_500],
    ["quota exceeded, retry in 17 h", 61_200_000],
    ["Please retry in 34.07s.", 34_070],
    ['"retryDelay": "34s"', 34_000],
    ["Rate limit reached. Please try again in 450ms", 450],
    ["try again in 2 hours and 5 minutes", 7_500_000],
    ["Please wait 84317 seconds before retrying.", 84_317_000],
    ["resets in 3 days", 86_400_000],
    ["You've hit your limit · resets 5pm (UTC)", 2.5 * HOUR],
    ["resets 3:30 am (Asia/Tokyo)", 4 * HOUR],
    ["weekly limit reached, resets Dec 3, 10am (utc)", 19.5 * HOUR],
    ["Limit resets at 18:30 UTC", 4 * HOUR],
    ["usage limit reached|1796056220", 2 * HOUR],
    ['"x-ratelimit-reset":"1796056220000"', 2 * HOUR],
    ["quota is used up until 2026-11-30T16:30:20Z", 2 * HOUR],
    ["retry after 2026-11-30 17:30:20+01:00", 2 * HOUR],
    ["the limit was reset at 2026-11-29T00:00:00Z", null],
    ["I tried 5 times in 3 seconds", null],
    ["try again with 2 models", null],
    ["Please try again later", null],
  ])("%s", (words, ms) => {
    expect(waitIn(words, NOW)).toBe(ms);
    expect(waitIn(words.toLowerCase(), NOW)).toBe(ms);
  });
  it("may be until a time of this machine's day", () => {
    const at = new Date(2026, 10, 30, 9, 0, 0).getTime();
    expect(waitIn("try again at 4:51 PM.", at)).toBe((7 * 60 + 51) * 60_000);
  });
});

describe("an address where nothing is served", () => {
  it.each([
    [true, "Not Found"],
    [true, "File Not Found"],
    [true, "404 page not found"],
    [true, "Unexpected endpoint or method. (POST /chat/completions)"],
    [true, "Invalid URL (POST /chat/completions)"],
    [true, "Unrecognized request URL (POST /chat/completions)."],
    [true, "Cannot POST /chat/completions"],
    [false, "No endpoints found that support tool use"],
    [false, "model 'qwen3' not found, try pulling it first"],
    [false, "The model `m` does not exist"],
  ])("%s: %s", (away, words) => {
    expect(saysNoRoute(words)).toBe(away);
  });
});
