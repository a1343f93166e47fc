// The AI SDK as a channel: Anthropic, OpenAI, Google, OpenRouter and any OpenAI-compatible server. SDK and provider are
// loaded at the first call. The SDK's retries, steps and tool execution stay off: one call is one request, so that
// every request is checked, booked and shown.
import type { AssistantContent, LanguageModel, ModelMessage, ToolSet } from "ai";
import {
  type Channel,
  type Delta,
  type Reply,
  type Request,
  type ToolCall,
  type Turn,
  UNKNOWN_USAGE,
} from "./channel.ts";
import type { Usage } from "../keys/money.ts";
import { classify } from "./classify.ts";
import { type Abilities, Capabilities } from "../keys/capabilities.ts";
import { audible, plainChat } from "./chat-dialects.ts";
import { complete, isLocal, type ModelConfig, PROVIDERS } from "../keys/config.ts";
import { confinedFetch } from "./csp-sources.ts";
import { failure, failureError } from "./failure.ts";
import { type KeyRing, keyOwner, oddCharacter } from "../keys/keys.ts";
import { probeAddress, probeHeaders } from "./list-models.ts";

interface SdkOptions {
  readonly keys: KeyRing;
  readonly fetch?: typeof fetch;
  /** ms since the epoch. */
  readonly now?: () => number;
  /** The server's capabilities; absent: the provider's usual ones. */
  readonly abilities?: () => Abilities;
}

/** A channel to the model; it sends, loads and checks nothing before the first call. */
export function sdkChannel(
  config: ModelConfig,
  { keys, fetch: fetcher, now = Date.now, abilities = () => new Capabilities().of(config) }: SdkOptions,
): Channel {
  const full = complete(config);
  const custom = config.address === undefined ? {} : { address: full.address };
  const send = confinedFetch(config, fetcher);
  const key = () => keys.get(keyOwner(config));
  return {
    tools: full.tools,
    call: async (request, onDelta, signal) => {
      let received = 0;
      const count = (delta: Delta) => {
        received += delta.text.length;
        onDelta(delta);
      };
      const state = { sent: false, answered: false };
      try {
        const apiKey = requireKey(config, key());
        // Offline nothing is sent, so nothing can be charged.
        if (globalThis.navigator?.onLine === false && !isLocal(config)) {
          throw failureError(failure("network", "this machine is offline"));
        }
        const heard = audible(send, () => onDelta({ kind: "alive", text: "" }));
        const read = speaksChat(config) ? plainChat(heard) : heard;
        const sending: typeof fetch = async (input, init) => {
          state.sent = true;
          const response = await read(input, init);
          // From here on the call may be charged, even if its answer is lost.
          state.answered ||= response.ok;
          return response;
        };
        const can = abilities();
        return await stream(await openModel(full, apiKey, sending, can), request, count, signal, can);
      } catch (error) {
        if (signal.aborted) {
          throw failureError(
            failure("cancelled", "the proposal is no longer wanted", { charged: state.sent, received }),
          );
        }
        const redact = (text: string) => keys.redact(text);
        throw failureError(
          classify(error, { now: now(), answered: state.answered, received, redact, ...custom }),
        );
      }
    },
    reachable: async (signal) => {
      try {
        await send(probeAddress(full), { headers: probeHeaders(full, key()), signal });
        return true;
      } catch {
        // For any error, the server was not reached.
        return false;
      }
    },
  };
}

/** Providers that use Chat Completions, in any dialect. */
const speaksChat = ({ provider }: ModelConfig): boolean =>
  provider === "compatible" || provider === "openrouter";

function requireKey(config: ModelConfig, key: string | null): string {
  const provider = PROVIDERS[config.provider];
  const odd = key === null ? null : oddCharacter(key);
  if (odd !== null) throw failureError(failure("key", `the key of ${provider.name} ${odd}`));
  if (key !== null || !provider.needsKey) return key ?? "";
  throw failureError(failure("key", `${provider.name} needs a key`));
}

async function openModel(
  { provider, model, address }: Required<ModelConfig>,
  apiKey: string,
  fetcher: typeof fetch,
  can: Abilities,
): Promise<LanguageModel> {
  const common = { apiKey, baseURL: address, fetch: fetcher };
  switch (provider) {
    case "anthropic": {
      const { createAnthropic } = await import("@ai-sdk/anthropic");
      // Anthropic answers a browser only with this header, which confirms that the key is meant to be used there.
      const headers = { "anthropic-dangerous-direct-browser-access": "true" };
      return createAnthropic({ ...common, headers })(model);
    }
    case "openai": {
      const { createOpenAI } = await import("@ai-sdk/openai");
      return createOpenAI(common)(model);
    }
    case "google": {
      const { createGoogle } = await import("@ai-sdk/google");
      return createGoogle(common)(model);
    }
    case "openrouter": {
      const { createOpenRouter } = await import("@openrouter/ai-sdk-provider");
      return createOpenRouter({ ...common, compatibility: "strict" }).chat(model, {
        usage: { include: true },
      });
    }
    case "bridge":
    case "compatible": {
      const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
      const key = apiKey === "" ? {} : { apiKey };
      return createOpenAICompatible({
        name: provider,
        baseURL: address,
        fetch: fetcher,
        includeUsage: can.stream && can.streamOptions,
        transformRequestBody: (body) => inForm(body, can),
        ...key,
      })(model);
    }
    case "prompt-api":
      throw failureError(failure("request", "Chrome's built-in model is not asked over the network"));
  }
}

/** The body of a Chat Completion in the form that the server accepts. */
function inForm(body: Record<string, unknown>, can: Abilities): Record<string, unknown> {
  const { max_tokens: most, ...rest } = body;
  const limited = can.maxTokens ? body : { ...rest, max_completion_tokens: most };
  return can.stream ? limited : { ...limited, stream: false };
}

async function stream(
  model: LanguageModel,
  request: Request,
  onDelta: (delta: Delta) => void,
  signal: AbortSignal,
  can: Abilities,
): Promise<Reply> {
  const { streamText, jsonSchema, tool } = await import("ai");
  // The SDK would print the features that a model lacks; the lab reports the important ones itself.
  globalThis.AI_SDK_LOG_WARNINGS = false;
  const tools: ToolSet = Object.fromEntries(
    request.tools.map(({ name, description, parameters }) => [
      name,
      tool({ description, inputSchema: jsonSchema(parameters) }),
    ]),
  );
  const result = streamText({
    model,
    ...(can.system ? { instructions: request.system } : {}),
    messages: request.turns.flatMap((turn, i) =>
      messagesOf(i === 0 && !can.system ? withRules(turn, request.system) : turn, i === 0),
    ),
    ...(request.tools.length > 0 ? { tools } : {}),
    maxOutputTokens: request.answerTokens,
    maxRetries: 0,
    abortSignal: signal,
    // OpenAI stores nothing of the prompt after the call.
    providerOptions: { openai: { store: false } },
    // Errors are read from the stream; otherwise the SDK would print them together with the request.
    onError: () => undefined,
  });
  let text = "";
  let finish: Reply["finish"] | null = null;
  let reasoned = false;
  let usage: Usage | null = null;
  let odd: unknown = null;
  const toolCalls: ToolCall[] = [];
  for await (const part of result.fullStream) {
    switch (part.type) {
      case "text-delta":
        text += part.text;
        onDelta({ kind: "text", text: part.text });
        break;
      case "reasoning-delta":
        onDelta({ kind: "thought", text: part.text });
        break;
      case "tool-input-delta":
        onDelta({ kind: "tool", text: part.delta });
        break;
      case "tool-call":
        toolCalls.push({ id: part.toolCallId, name: part.toolName, input: part.input });
        break;
      case "finish-step":
        finish = finishOf(part.finishReason);
        // "interrupted" is the SDK's value for a stream that ended without a finish reason of the provider.
        reasoned =
          part.finishReason !== "interrupted" &&
          (part.finishReason !== "other" || (part.rawFinishReason ?? null) !== null);
        usage = usageOf(part.usage, part.providerMetadata);
        break;
      case "error":
        // An answer with a finish reason is complete, even if an error follows.
        if (finish !== null && reasoned) break;
        if (!isOddEvent(part.error)) throw part.error;
        odd = part.error;
        break;
      case "abort":
        throw failureError(failure("cancelled", "the proposal is no longer wanted", { charged: true }));
      default:
        // Other parts (sources, files, starts and ends) are not needed.
        break;
    }
  }
  // Without a reason of the provider the odd event is the only one there is.
  if (odd !== null && (finish === null || finish === "other")) throw odd;
  // A connection closed cleanly in the middle ends the stream without a reason.
  if (finish === null || !reasoned) {
    throw failureError(
      failure("cut", "the answer ended before it was complete", { charged: true, received: text.length }),
    );
  }
  const messages = (await result.responseMessages).flatMap((message) =>
    message.role === "assistant" ? [{ ...message, content: soundCalls(message.content) }] : [],
  );
  return { text, toolCalls, finish, usage: usage ?? UNKNOWN_USAGE, raw: { messages } };
}

/** Parts of events with words of an answer or of a call. */
const WORDS =
  /"(?:choices|candidates|text_delta|input_json_delta|response\.(?:output_text|function_call)[\w.]*)"/;

/** Whether an error is an event of a kind that the SDK does not know, without words: providers add kinds at any time. */
const isOddEvent = (error: unknown): boolean =>
  error instanceof Error &&
  error.name === "AI_TypeValidationError" &&
  "value" in error &&
  !WORDS.test(JSON.stringify(error.value) ?? "");

/**
 * Providers refuse a conversation that contains a tool call with an input other than an object, even if the model wrote
 * it.
 */
function soundCalls(content: AssistantContent): AssistantContent {
  if (typeof content === "string") return content;
  return content.map((part) =>
    part.type === "tool-call" && (typeof part.input !== "object" || part.input === null)
      ? { ...part, input: {} }
      : part,
  );
}

/** Puts the system prompt before the first message, for a server without a system role. */
const withRules = (turn: Turn, system: string): Turn =>
  turn.role === "user" ? { ...turn, text: `${system}\n\n${turn.text}` } : turn;

/**
 * `first`: the turn with the long prompt. Where a provider caches on request, the next call reads it from the cache.
 */
function messagesOf(turn: Turn, first: boolean): ModelMessage[] {
  switch (turn.role) {
    case "user": {
      const cached = first ? { providerOptions: { anthropic: { cacheControl: { type: "ephemeral" } } } } : {};
      return [{ role: "user", content: turn.text, ...cached }];
    }
    case "model":
      return (turn.reply.raw as { messages: ModelMessage[] }).messages;
    case "tools":
      return [
        {
          role: "tool",
          content: turn.answers.map(({ id, name, text }) => ({
            type: "tool-result" as const,
            toolCallId: id,
            toolName: name,
            output: { type: "text" as const, value: text },
          })),
        },
      ];
  }
}

function finishOf(reason: string): Reply["finish"] {
  if (reason === "stop") return "stop";
  if (reason === "tool-calls") return "tools";
  if (reason === "length") return "length";
  return reason === "content-filter" ? "refusal" : "other";
}

interface SdkUsage {
  inputTokens?: number;
  outputTokens?: number;
  inputTokenDetails?: { cacheReadTokens?: number; cacheWriteTokens?: number };
  outputTokenDetails?: { reasoningTokens?: number };
}

function usageOf(usage: SdkUsage | undefined, metadata: Record<string, unknown> | undefined): Usage {
  const router = metadata?.openrouter as { usage?: { cost?: unknown } } | undefined;
  const cost = router?.usage?.cost;
  return {
    // A server that does not count tokens sends 0.
    input: usage?.inputTokens || null,
    cacheRead: usage?.inputTokenDetails?.cacheReadTokens ?? null,
    cacheWrite: usage?.inputTokenDetails?.cacheWriteTokens ?? null,
    output: usage?.outputTokens || null,
    reasoning: usage?.outputTokenDetails?.reasoningTokens ?? null,
    dollars: typeof cost === "number" ? cost : null,
  };
}
