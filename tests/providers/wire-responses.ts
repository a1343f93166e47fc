// OpenAI Responses, streamed (API reference: "Streaming events").
import { argumentsOf, event, type Play, usageOf, type Wire } from "./plays.ts";

let sequence = 0;
const named = (data: Record<string, unknown> & { type: string }) =>
  event({ ...data, sequence_number: sequence++ }, data.type);
const response = (status: string, more: object = {}) => ({
  id: "resp_1",
  object: "response",
  created_at: 1,
  status,
  model: "gpt",
  output: [],
  error: null,
  incomplete_details: null,
  ...more,
});

export const responses: Wire = {
  begin: () => [
    named({ type: "response.created", response: response("in_progress") }),
    named({
      type: "response.output_item.added",
      output_index: 0,
      item: { id: "msg_1", type: "message", status: "in_progress", role: "assistant", content: [] },
    }),
    named({
      type: "response.content_part.added",
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      part: { type: "output_text", text: "", annotations: [] },
    }),
  ],
  delta: (delta) =>
    named({
      type: "response.output_text.delta",
      item_id: "msg_1",
      output_index: 0,
      content_index: 0,
      delta,
      logprobs: [],
    }),
  end: (play) => [
    named({
      type: "response.output_item.done",
      output_index: 0,
      item: {
        id: "msg_1",
        type: "message",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: play.text ?? "", annotations: [] }],
      },
    }),
    ...(play.tools ?? []).flatMap((tool, i) => {
      const item = {
        id: `fc_${i}`,
        type: "function_call",
        call_id: `call_${i}`,
        name: tool.name,
      };
      const text = argumentsOf(tool);
      return [
        named({
          type: "response.output_item.added",
          output_index: i + 1,
          item: { ...item, status: "in_progress", arguments: "" },
        }),
        named({
          type: "response.function_call_arguments.delta",
          item_id: item.id,
          output_index: i + 1,
          delta: text,
        }),
        named({
          type: "response.function_call_arguments.done",
          item_id: item.id,
          output_index: i + 1,
          arguments: text,
        }),
        named({
          type: "response.output_item.done",
          output_index: i + 1,
          item: { ...item, status: "completed", arguments: text },
        }),
      ];
    }),
    finish(play),
  ],
  error: (play) =>
    named({
      type: "error",
      error: {
        type: "server_error",
        code: play.error ?? "server_error",
        message: play.message ?? "The server had an error",
        param: null,
      },
    }),
  refuse: (_status, play) => ({
    error: {
      message: play.message ?? "",
      type: play.error ?? "server_error",
      param: null,
      code: play.error ?? null,
    },
  }),
};

function finish(play: Play): string {
  const { input, output, cached } = usageOf(play);
  const usage = {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + output,
  };
  if (play.end === undefined)
    return named({ type: "response.completed", response: response("completed", { usage }) });
  const details = { reason: play.end === "length" ? "max_output_tokens" : "content_filter" };
  return named({
    type: "response.incomplete",
    response: response("incomplete", { usage, incomplete_details: details }),
  });
}
