import { describe, expect, it } from "vitest";
import { lackIn, sizesIn, waitIn } from "./refusals.ts";

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
    ["system", "System role not supported"],
    ["system", "Developer instruction is not enabled for models/gemma-3-12b-it"],
    ["system", "Conversation roles must alternate user/assistant/user/assistant/..."],
    ["streamOptions", "Unknown parameter: 'stream_options'"],
    ["streamOptions", "stream_options.include_usage: extra inputs are not permitted"],
    [
      "maxTokens",
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ],
    ["stream", "streaming is not supported for this model"],
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
    ["out of memory", null, null, null],
  ])("%s", (words, context, prompt, answer) => {
    expect(sizesIn(words)).toEqual({ context, prompt, answer });
  });
});

describe("a wait in the text of a refusal", () => {
  it.each([
    ["Please try again in 17h23m5.5s.", 62_585_500],
    ["quota exceeded, retry in 17 h", 61_200_000],
    ["Please retry in 34.07s.", 34_070],
    ['"retryDelay": "34s"', 34_000],
    ["Rate limit reached. Please try again in 450ms", 450],
    ["try again in 2 hours and 5 minutes", 7_500_000],
    ["resets in 3 days", 86_400_000],
    ["I tried 5 times in 3 seconds", null],
    ["Please try again later", null],
  ])("%s", (words, ms) => {
    expect(waitIn(words)).toBe(ms);
  });
});
