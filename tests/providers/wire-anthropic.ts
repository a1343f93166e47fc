// Anthropic Messages, streamed (docs: "Streaming messages", "Errors").
import { argumentsOf, event, type Play, usageOf, type Wire } from "./plays.ts";

const named = (data: { type: string }) => event(data, data.type);

export const anthropic: Wire = {
  begin: (play) => {
    const { input, cached } = usageOf(play);
    const usage = {
      input_tokens: input - cached,
      cache_read_input_tokens: cached,
      cache_creation_input_tokens: 0,
      output_tokens: 1,
    };
    const message = {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "claude",
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    };
    const thought =
      play.thought === undefined
        ? []
        : [
            named({
              type: "content_block_start",
              index: 0,
              content_block: { type: "thinking", thinking: "", signature: "" },
            } as never),
            named({
              type: "content_block_delta",
              index: 0,
              delta: { type: "thinking_delta", thinking: play.thought },
            } as never),
            named({
              type: "content_block_delta",
              index: 0,
              delta: { type: "signature_delta", signature: "c2lnbmVk" },
            } as never),
            named({ type: "content_block_stop", index: 0 } as never),
          ];
    return [
      named({ type: "message_start", message } as never),
      named({ type: "ping" }),
      ...thought,
      named({ type: "content_block_start", index: 1, content_block: { type: "text", text: "" } } as never),
    ];
  },
  delta: (text) =>
    named({ type: "content_block_delta", index: 1, delta: { type: "text_delta", text } } as never),
  end: (play) => [
    named({ type: "content_block_stop", index: 1 } as never),
    ...(play.tools ?? []).flatMap((tool, i) => [
      named({
        type: "content_block_start",
        index: i + 2,
        content_block: { type: "tool_use", id: `toolu_${i}`, name: tool.name, input: {} },
      } as never),
      named({
        type: "content_block_delta",
        index: i + 2,
        delta: { type: "input_json_delta", partial_json: argumentsOf(tool) },
      } as never),
      named({ type: "content_block_stop", index: i + 2 } as never),
    ]),
    named({
      type: "message_delta",
      delta: { stop_reason: reason(play), stop_sequence: null },
      usage: { output_tokens: usageOf(play).output },
    } as never),
    named({ type: "message_stop" }),
  ],
  error: (play) =>
    named({
      type: "error",
      error: { type: play.error ?? "overloaded_error", message: play.message ?? "Overloaded" },
    } as never),
  refuse: (_status, play) => ({
    type: "error",
    error: { type: play.error ?? "api_error", message: play.message ?? "" },
    request_id: "req_1",
  }),
};

function reason(play: Play): string {
  if (play.end === "refusal") return "refusal";
  if (play.end === "length") return "max_tokens";
  return play.tools ? "tool_use" : "end_turn";
}
