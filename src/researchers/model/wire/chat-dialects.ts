// Converts the Chat Completions of real servers into the form that the SDK accepts. The SDK's schema is strict, and one
// odd chunk would lose a complete answer that is paid for: usage without choices, arguments as an object, no finish
// reason, an event of another kind, or the whole answer at once instead of a stream.
import { saysNoRoute } from "./refusals.ts";
import { usageIn } from "./usage-fields.ts";

/** Wraps `send` so that its answers are streams in the form that the SDK accepts. */
export function plainChat(send: typeof fetch): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    if (!response.ok || response.body === null) return response;
    const type = response.headers.get("content-type") ?? "";
    if (/event-stream/i.test(type)) return streamed(response, plainLines(response.body));
    // Some servers stream under another type, or under none.
    const text = await response.text();
    if (/^\s*(?:data:|event:|:)/.test(text)) return streamed(response, plainLines(bodyOf(text)));
    const whole = parsed(text);
    if (whole === null) return refused(404, "the answer is a page, not a model's");
    if (whole.error !== undefined && !Array.isArray(whole.choices))
      return refused(statusOf(whole.error), whole);
    return streamed(response, plainLines(bodyOf(`data: ${JSON.stringify(whole)}\n\ndata: [DONE]\n\n`)));
  };
}

/**
 * Wraps `send` so that `onHeard` is called for every received piece, even a comment that only keeps a connection open:
 * the server is working.
 */
export function audible(send: typeof fetch, onHeard: () => void): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init);
    onHeard();
    if (response.body === null) return response;
    const listener = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (piece, controller) => {
        onHeard();
        controller.enqueue(piece);
      },
    });
    return copyOf(response, response.body.pipeThrough(listener));
  };
}

const copyOf = ({ status, statusText, headers }: Response, body: BodyInit): Response =>
  new Response(body, { status, statusText, headers });

function streamed({ status, headers }: Response, body: ReadableStream<Uint8Array>): Response {
  const kept = new Headers(headers);
  kept.set("content-type", "text/event-stream");
  kept.delete("content-length");
  return new Response(body, { status, headers: kept });
}

const refused = (status: number, error: unknown): Response =>
  new Response(typeof error === "string" ? error : JSON.stringify(error), {
    status,
    headers: { "content-type": typeof error === "string" ? "text/html" : "application/json" },
  });

/** LM Studio answers 200 at an address where nothing is served. */
const statusOf = (error: unknown): number => {
  const code = isRecord(error) ? Number(error.code ?? error.status) : NaN;
  if (code >= 400 && code < 600) return code;
  return typeof error === "string" && saysNoRoute(error) ? 404 : 500;
};

const bodyOf = (text: string): ReadableStream<Uint8Array<ArrayBuffer>> =>
  new Blob([text]).stream() as ReadableStream<Uint8Array<ArrayBuffer>>;

function plainLines(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  const answer = new Answer();
  let rest = "";
  const lines = new TransformStream<string, string>({
    transform: (piece, controller) => {
      const all = (rest + piece).split(/\r\n|\n|\r(?!$)/);
      rest = all.pop() ?? "";
      for (const line of all) for (const event of answer.read(line)) controller.enqueue(event);
    },
    flush: (controller) => {
      for (const event of answer.read(rest)) controller.enqueue(event);
      for (const event of answer.end()) controller.enqueue(event);
    },
  });
  return (body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(lines)
    .pipeThrough(new TextEncoderStream());
}

const eventOf = (data: unknown): string =>
  `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;

/** Converts one answer, line by line. */
class Answer {
  #began = false;
  #calls = 0;
  #finished = false;
  #counted = false;
  #done = false;

  *read(line: string): Generator<string> {
    const data = /^data:\s*(.*)$/.exec(line)?.[1]?.trim() ?? "";
    // Event names, comments and ids carry no content, and nothing counts after the end.
    if (data === "" || this.#done) return;
    if (data === "[DONE]") {
      this.#done = true;
      // The server declares the answer complete, even without a finish reason.
      yield* this.#finish();
      yield eventOf(data);
      return;
    }
    const chunk = parsed(data);
    if (chunk === null) {
      // A broken line in the middle of an answer is an error, but not one behind its end.
      if (data.startsWith("{") && !this.#finished) yield eventOf(data);
      return;
    }
    if (chunk.error !== undefined && chunk.error !== null) {
      if (!this.#finished) yield eventOf(chunk);
      return;
    }
    const choices = Array.isArray(chunk.choices) ? chunk.choices.filter(isRecord) : [];
    const usage = usageIn(chunk, choices);
    if (choices.length === 0 && usage === null) return;
    const said = choices.map((choice) => this.#choice(choice));
    // Some servers count in every chunk: only a count behind the last words is the end.
    this.#counted = usage !== null && !said.some(({ delta }) => hasWords(delta));
    yield eventOf({
      ...typed(chunk, { id: "string", model: "string", created: "number" }),
      usage,
      choices: said,
    });
  }

  /** The stream has ended. Usage comes last, so an answer with its usage is complete. */
  *end(): Generator<string> {
    if (this.#counted && !this.#done) yield* this.#finish();
  }

  *#finish(): Generator<string> {
    if (this.#finished || !this.#began) return;
    this.#finished = true;
    const reason = this.#calls > 0 ? "tool_calls" : "stop";
    yield eventOf({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
  }

  #choice(choice: Record<string, unknown>) {
    this.#began = true;
    const reason =
      typeof choice.finish_reason === "string" && choice.finish_reason !== "" ? choice.finish_reason : null;
    this.#finished ||= reason !== null;
    const said = isRecord(choice.delta) ? choice.delta : isRecord(choice.message) ? choice.message : {};
    const { content, tool_calls: calls, function_call: single, ...more } = said;
    const list = Array.isArray(calls)
      ? calls.filter(isRecord)
      : isRecord(single)
        ? [{ function: single }]
        : [];
    const text = textOf(content) ?? (typeof choice.text === "string" ? choice.text : null);
    return {
      index: 0,
      finish_reason: reason,
      delta: {
        ...typed(more, { reasoning: "string", reasoning_content: "string" }),
        // The only role that the SDK takes.
        role: "assistant",
        content: text,
        ...(list.length === 0 ? {} : { tool_calls: list.map((call, i) => this.#call(call, i)) }),
      },
    };
  }

  #call(call: Record<string, unknown>, i: number): unknown {
    const given = isRecord(call.function) ? call.function : {};
    const { name, arguments: written } = given;
    // Gemini wants the signature of its thought back with the call.
    const { extra_content: extra } = call;
    if (typeof name === "string" && name !== "") this.#calls += 1;
    return {
      index: typeof call.index === "number" ? call.index : i,
      ...(isRecord(extra) ? { extra_content: extra } : {}),
      ...(typeof name !== "string" || name === ""
        ? {}
        : {
            type: "function",
            id: typeof call.id === "string" && call.id !== "" ? call.id : `call-${this.#calls}`,
          }),
      function: {
        ...(typeof name === "string" && name !== "" ? { name } : {}),
        arguments:
          written === undefined || written === null
            ? ""
            : typeof written === "string"
              ? written
              : JSON.stringify(written),
      },
    };
  }
}

/** A record without the fields whose value is of another type. */
const typed = (record: Record<string, unknown>, types: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(record).filter(([name, value]) => !(name in types) || typeof value === types[name]),
  );

/** Whether a delta has a part of an answer, of a thought or of a call. */
const hasWords = (delta: object): boolean =>
  Object.entries(delta).some(([name, value]) => name !== "role" && (value ?? "") !== "");

/** A text, or the joined texts of a list of parts. */
function textOf(content: unknown): string | null {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return null;
  return content.map((part) => (isRecord(part) && typeof part.text === "string" ? part.text : "")).join("");
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : null;
  } catch {
    // Not JSON: the caller decides how to handle it.
    return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
