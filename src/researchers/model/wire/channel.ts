// The seam to a language model: one call, text and tool calls out, usage told. Behind it are the AI SDK (sdk.ts) and
// Chrome's Prompt API (prompt-api.ts); in front of it is everything that thinks. A call that fails throws LabError
// `provider` with a Failure as its cause (failure.ts).

import type { Usage } from "../keys/money.ts";

export interface ToolSpec {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input: an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** What the model wrote; not yet checked against the schema. */
  readonly input: unknown;
}

export interface ToolAnswer {
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** One turn after the system prompt, oldest first. */
export type Turn =
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "model"; readonly reply: Reply }
  | { readonly role: "tools"; readonly answers: readonly ToolAnswer[] };

export interface Request {
  readonly system: string;
  readonly turns: readonly Turn[];
  readonly tools: readonly ToolSpec[];
  /** Of this answer, thinking included. */
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
  /** The provider's own form of this turn, sent back as it came: signatures of thoughts must not change. */
  readonly raw: unknown;
}

/** `alive`: nothing was said, and the server is at work. */
export type Delta = { readonly kind: "text" | "thought" | "tool" | "alive"; readonly text: string };

export interface Channel {
  /** Whether requests may carry tools. */
  readonly tools: boolean;
  call(request: Request, onDelta: (delta: Delta) => void, signal: AbortSignal): Promise<Reply>;
  /** A free request that tells whether the server answers at all. */
  reachable(signal: AbortSignal): Promise<boolean>;
}
