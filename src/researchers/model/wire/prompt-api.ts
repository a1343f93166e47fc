// Chrome's built-in model. Its API exists only in a window, while researchers run in a worker: the page serves it over
// a message port, and the worker's end is a channel like any other. It has no tools, no key and no cost.
import { messageOf } from "../../../error.ts";
import { UNKNOWN_USAGE, type Channel, type Delta, type Reply, type Request } from "./channel.ts";
import { type Failure, failure, failureError, failureOf } from "./failure.ts";

/** The parts of Chrome's `LanguageModel` that the lab uses, with the specification's names. */
export interface LanguageModelApi {
  availability(): Promise<"available" | "downloadable" | "downloading" | "unavailable">;
  create(options: {
    initialPrompts: readonly { role: "system"; content: string }[];
    signal: AbortSignal;
  }): Promise<{
    promptStreaming(text: string, options: { signal: AbortSignal }): ReadableStream<string>;
    destroy(): void;
    /** The session's context in tokens, under its newer and its older name. */
    readonly contextWindow?: number;
    readonly inputQuota?: number;
  }>;
}

/** The API of this window, or null when the browser has none. */
export function windowLanguageModel(scope: object = globalThis): LanguageModelApi | null {
  return "LanguageModel" in scope ? (scope.LanguageModel as LanguageModelApi) : null;
}

type ToPage =
  | { readonly type: "call"; readonly id: number; readonly system: string; readonly text: string }
  | { readonly type: "reachable"; readonly id: number }
  | { readonly type: "cancel"; readonly id: number };
type ToWorker =
  | { readonly type: "delta"; readonly id: number; readonly text: string }
  | { readonly type: "done"; readonly id: number; readonly text: string }
  | { readonly type: "reachable"; readonly id: number; readonly yes: boolean }
  | { readonly type: "failed"; readonly id: number; readonly failure: Failure };

/** The page's end: answers the calls from `port` with the window's model. */
export function servePromptApi(
  port: MessagePort,
  api: LanguageModelApi | null = windowLanguageModel(),
): void {
  const calls = new Map<number, AbortController>();
  const send = (message: ToWorker) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<ToPage>) => {
    if (data.type === "cancel") {
      calls.get(data.id)?.abort();
      return;
    }
    const { id } = data;
    if (data.type === "reachable") {
      void usable(api).then((problem) => send({ type: "reachable", id, yes: problem === null }));
      return;
    }
    const stop = new AbortController();
    calls.set(id, stop);
    void answer(api, data, (text) => send({ type: "delta", id, text }), stop.signal)
      .then((text) => send({ type: "done", id, text }))
      .catch((error: unknown) => send({ type: "failed", id, failure: failureOfApi(error) }))
      .finally(() => calls.delete(id));
  };
}

async function answer(
  api: LanguageModelApi | null,
  { system, text }: { system: string; text: string },
  onText: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const problem = await usable(api);
  if (problem !== null || api === null) throw failureError(failure("model", problem ?? ""));
  const session = await api.create({ initialPrompts: [{ role: "system", content: system }], signal });
  try {
    const reader = session.promptStreaming(text, { signal }).getReader();
    let whole = "";
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      whole += part.value;
      onText(part.value);
    }
    return whole;
  } finally {
    session.destroy();
  }
}

/** Null when the model is ready, else the reason. Only a person's click may download it. */
export async function usable(api: LanguageModelApi | null): Promise<string | null> {
  if (api === null) return "this browser has no built-in language model";
  const availability = await api.availability();
  if (availability === "available") return null;
  return availability === "unavailable"
    ? "this machine cannot run the browser's language model"
    : `the browser's language model is ${availability}: let it download first`;
}

function failureOfApi(error: unknown): Failure {
  const known = failureOf(error);
  if (known) return known;
  const name = error instanceof Error ? error.name : "";
  const words = messageOf(error);
  if (name === "AbortError") return failure("cancelled", "the proposal is no longer wanted");
  if (name === "QuotaExceededError")
    return failure("context", `the prompt is longer than the model can read: ${words}`);
  return failure(
    name === "NotSupportedError" || name === "NotAllowedError" ? "request" : "server",
    `the browser's language model failed: ${words}`,
  );
}

/** The worker's end. */
export function promptApiChannel(port: MessagePort): Channel {
  const waiting = new Map<number, (message: ToWorker) => void>();
  let last = 0;
  const send = (message: ToPage) => port.postMessage(message);
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => waiting.get(data.id)?.(data);
  return {
    tools: false,
    call: (request, onDelta, signal) => {
      const id = ++last;
      return new Promise<Reply>((resolve, reject) => {
        const cancel = () => {
          send({ type: "cancel", id });
          finish();
          reject(failureError(failure("cancelled", "the proposal is no longer wanted")));
        };
        const finish = () => {
          waiting.delete(id);
          signal.removeEventListener("abort", cancel);
        };
        waiting.set(id, (message) => receive(message, onDelta, finish, resolve, reject));
        signal.addEventListener("abort", cancel, { once: true });
        if (signal.aborted) cancel();
        else send({ type: "call", id, system: request.system, text: flatten(request) });
      });
    },
    reachable: () => {
      const id = ++last;
      return new Promise((resolve) => {
        waiting.set(id, (message) => {
          waiting.delete(id);
          resolve(message.type === "reachable" && message.yes);
        });
        send({ type: "reachable", id });
      });
    },
  };
}

function receive(
  message: ToWorker,
  onDelta: (delta: Delta) => void,
  finish: () => void,
  resolve: (reply: Reply) => void,
  reject: (error: Error) => void,
): void {
  if (message.type === "delta") {
    onDelta({ kind: "text", text: message.text });
    return;
  }
  finish();
  if (message.type === "failed") reject(failureError(message.failure));
  if (message.type === "done") {
    resolve({ text: message.text, toolCalls: [], finish: "stop", usage: UNKNOWN_USAGE, raw: null });
  }
}

/** All turns as one text: every call opens a new session, so it repeats the earlier turns. */
function flatten({ turns }: Request): string {
  return turns
    .map((turn) => {
      if (turn.role === "user") return turn.text;
      return turn.role === "model" ? `Your answer was:\n${turn.reply.text}` : "";
    })
    .filter((text) => text !== "")
    .join("\n\n");
}
