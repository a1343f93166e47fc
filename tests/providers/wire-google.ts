// Gemini's streamGenerateContent with alt=sse.
import { event, usageOf, type Wire } from "./plays.ts";

const candidate = (parts: object[], finishReason?: string) => ({
  content: { role: "model", parts },
  index: 0,
  ...(finishReason ? { finishReason } : {}),
});

export const google: Wire = {
  begin: () => [],
  delta: (text) => event({ candidates: [candidate([{ text }])] }),
  end: (play) => {
    const { input, output } = usageOf(play);
    const calls = (play.tools ?? []).map(({ name, input: args }) => ({ functionCall: { name, args } }));
    const reason = play.end === "length" ? "MAX_TOKENS" : play.end === "refusal" ? "SAFETY" : "STOP";
    const usageMetadata = {
      promptTokenCount: input,
      candidatesTokenCount: output,
      totalTokenCount: input + output,
    };
    return [event({ candidates: [candidate(calls, reason)], usageMetadata })];
  },
  error: (play) =>
    event({ error: { code: 503, message: play.message ?? "overloaded", status: "UNAVAILABLE" } }),
  refuse: (status, play) => ({
    error: { code: status, message: play.message ?? "", status: play.error ?? "INTERNAL" },
  }),
};
