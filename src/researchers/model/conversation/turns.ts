// The turns of a conversation as text: for the transcript, for token estimates, and with keys removed before sending.
import type { Request, Turn } from "../wire/channel.ts";
import type { TranscriptEntry } from "./events.ts";
import { estimateTokens } from "../material/fit-prompt.ts";

/** The model's own turns stay unchanged: signatures of thoughts must not change. */
export function redactTurn(turn: Turn, redact: (text: string) => string): Turn {
  if (turn.role === "user") return { ...turn, text: redact(turn.text) };
  if (turn.role === "model") return turn;
  return { ...turn, answers: turn.answers.map((answer) => ({ ...answer, text: redact(answer.text) })) };
}

export function entriesOf(turn: Turn): TranscriptEntry[] {
  if (turn.role === "user") return [{ role: "user", text: turn.text }];
  if (turn.role === "tools") {
    return turn.answers.map(({ name, text }) => ({ role: "tool", text: `${name}: ${text}` }));
  }
  const calls = turn.reply.toolCalls.map(({ name, input }) => `${name} ${JSON.stringify(input)}`);
  return [{ role: "model", text: [turn.reply.text, ...calls].filter((part) => part !== "").join("\n") }];
}

export function estimateRequest({ system, turns, tools }: Omit<Request, "answerTokens">): number {
  const text = turns.flatMap(entriesOf).map((entry) => entry.text);
  return estimateTokens([system, ...text, tools.length > 0 ? JSON.stringify(tools) : ""].join("\n"));
}
