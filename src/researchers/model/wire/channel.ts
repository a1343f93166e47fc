// The interface to a language model: one call, with text, tool calls and usage as the reply. Its implementations are
// the AI SDK (sdk.ts) and Chrome's Prompt API (prompt-api.ts). A failed call throws LabError `provider` with a Failure
// as its cause (failure.ts).

import type { Usage } from "../keys/money.ts";

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input, an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** The model's own input, not yet checked against the schema. */
  readonly input: unknown;
}

export interface ToolAnswer {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** One turn after the system prompt; a request lists them oldest first. */
export type Turn =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "model"; readonly reply: Reply }
  | { readonly role: "tools"; readonly answers: readonly ToolAnswer[] };

export interface Request {
  readonly system: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly ToolSpec[];
  /** Maximum length of this answer, thinking included [tokens]. */
  readonly answerTokens: number;
}

export const UNKNOWN_USAGE: Usage = {
  input: null,
  cacheRead: null,
  cacheWrite: null,
  output: null,
  reasoning: null,
  dollars: null,
};

export interface Reply {
  readonly text: string;
  readonly toolCalls: readonly ToolCall[];
  readonly finish: "stop" | "tools" | "length" | "refusal" | "other";
  readonly usage: Usage;
  /** The provider's own form of this turn, to be sent back unchanged: signatures of thoughts must not change. */
  readonly raw: unknown;
}

/** `alive`: no text, but the server is working. */
export type Delta = { readonly kind: "text" | "thought" | "tool" | "alive"; readonly text: string };

export interface Channel {
  /** Whether requests may carry tools. */
  readonly tools: boolean;
  call(request: Request, onDelta: (delta: Delta) => void, signal: AbortSignal): Promise<Reply>;
  /** A free request that tests whether the server answers. */
  reachable(signal: AbortSignal): Promise<boolean>;
}
