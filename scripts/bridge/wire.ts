// OpenAI's wire format of a chat, as far as the lab uses it: messages in, one answer out, at once or as a stream.
import { randomUUID } from "node:crypto";
import type { Reply } from "./agents.ts";
import { AgentFailure } from "./failure.ts";

interface ChatRequest {
  readonly prompt: string;
  readonly stream: boolean;
}

/** Parses a request for the model `model`. Throws AgentFailure with the status of the refusal. */
export function readRequest(body: string, model: string): ChatRequest {
  const request = parsed(body);
  if (request.model !== model)
    throw new AgentFailure(404, `model ${JSON.stringify(request.model)} not found; the bridge has ${model}`);
  if (Array.isArray(request.tools) && request.tools.length > 0)
    throw new AgentFailure(400, `${model} through the bridge does not support tools`);
  const { messages } = request;
  if (!Array.isArray(messages) || messages.length === 0)
    throw new AgentFailure(400, "messages: expected a list of at least one");
  return { prompt: promptOf(messages), stream: request.stream === true };
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Not JSON: refused like JSON that is not an object.
  }
  throw new AgentFailure(400, "the body is not a JSON object");
}

/** A conversation as one text: each call starts a new agent, which does not know the previous calls. */
function promptOf(messages: readonly unknown[]): string {
  const turns = messages.map((message, i) => {
    const { role, content } = (message ?? {}) as { role?: unknown; content?: unknown };
    const text = textOf(content);
    if (text === null) throw new AgentFailure(400, `messages[${i}].content: expected text`);
    if (role === "system" || role === "developer" || role === "user") return { mine: false, text };
    if (role === "assistant") return { mine: true, text };
    throw new AgentFailure(400, `messages[${i}].role: got ${JSON.stringify(role)}`);
  });
  const said = turns.some(({ mine }) => mine);
  return turns
    .map(({ mine, text }) => (said && mine ? `# You answered\n\n${text}\n\n# Then` : text))
    .join("\n\n");
}

function textOf(content: unknown): string | null {
  if (content === null) return "";
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  const parts = content.map((part: unknown) => (part as { text?: unknown } | null)?.text);
  return parts.every((part) => typeof part === "string") ? parts.join("") : null;
}

export function modelList(model: string): unknown {
  return { object: "list", data: [{ id: model, object: "model", owned_by: "subscription" }] };
}

export function errorBody({ status, message }: AgentFailure): unknown {
  return { error: { message, type: status === 429 ? "rate_limit_exceeded" : "agent_error", code: status } };
}

export function completion(model: string, { text, usage }: Reply): unknown {
  return {
    ...head(model, "chat.completion"),
    choices: [{ index: 0, message: { role: "assistant", content: text }, finish_reason: "stop" }],
    ...(usage && { usage: usageBody(usage) }),
  };
}

/** The events of one streamed answer, each with its blank line. */
export class Stream {
  readonly #head: Readonly<Record<string, unknown>>;

  constructor(model: string) {
    this.#head = head(model, "chat.completion.chunk");
  }

  /** A keep-alive event: a blank thought, because clients drop the comments of a stream. */
  alive(): string {
    return this.#chunk({ reasoning_content: " " });
  }

  answer({ text, usage }: Reply): string {
    const usageEvent = usage === null ? "" : event({ ...this.#head, choices: [], usage: usageBody(usage) });
    const words = this.#chunk({ role: "assistant", content: text });
    return `${words}${this.#chunk({}, "stop")}${usageEvent}data: [DONE]\n\n`;
  }

  failure(failure: AgentFailure): string {
    return event(errorBody(failure));
  }

  #chunk(delta: unknown, finish: string | null = null): string {
    return event({ ...this.#head, choices: [{ index: 0, delta, finish_reason: finish }] });
  }
}

const event = (value: unknown): string => `data: ${JSON.stringify(value)}\n\n`;

const head = (model: string, object: string) => ({
  id: `bridge-${randomUUID()}`,
  object,
  created: Math.floor(Date.now() / 1000),
  model,
});

const usageBody = ({ input, output }: { input: number; output: number }) => ({
  prompt_tokens: input,
  completion_tokens: output,
  total_tokens: input + output,
});
