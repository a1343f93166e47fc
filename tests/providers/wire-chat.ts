// Chat Completions, streamed, in the form of Ollama, LM Studio, llama.cpp, vLLM and OpenRouter.
import { argumentsOf, event, usageOf, type Wire } from "./plays.ts";

const chunk = (delta: object, finish: string | null = null) =>
  event({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "local",
    choices: [{ index: 0, delta, finish_reason: finish }],
  });

export const chat: Wire = {
  begin: (play) => [
    chunk({ role: "assistant", content: "" }),
    ...(play.thought === undefined ? [] : [chunk({ reasoning_content: play.thought })]),
  ],
  delta: (content) => chunk({ content }),
  end: (play) => {
    const { input, output, cached } = usageOf(play);
    const usage = {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: { cached_tokens: cached },
      ...(play.cost === undefined ? {} : { cost: play.cost }),
    };
    const tools = (play.tools ?? []).map((tool, index) =>
      chunk({
        tool_calls: [
          {
            index,
            id: `call_${index}`,
            type: "function",
            function: { name: tool.name, arguments: argumentsOf(tool) },
          },
        ],
      }),
    );
    const finish =
      play.end === "length"
        ? "length"
        : play.end === "refusal"
          ? "content_filter"
          : play.tools
            ? "tool_calls"
            : "stop";
    return [
      ...tools,
      chunk({}, finish),
      event({
        id: "chatcmpl-1",
        object: "chat.completion.chunk",
        created: 1,
        model: "local",
        choices: [],
        usage,
      }),
      event("[DONE]"),
    ];
  },
  error: (play) =>
    event({
      error: { message: play.message ?? "the model crashed", type: play.error ?? "server_error", code: 500 },
    }),
  refuse: (status, play) => ({
    error: { message: play.message ?? "", type: play.error ?? "error", code: status },
  }),
};
