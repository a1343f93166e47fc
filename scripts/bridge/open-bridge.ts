// The bridge's server: on loopback, for clients with its token and pages of one origin, with one call of the agent at a
// time.
import type { IncomingMessage, ServerResponse } from "node:http";
import { firstLine } from "../ending.ts";
import { listen } from "../serve/listen.mjs";
import type { Agent, Reply } from "./agents.ts";
import { askAgent, type Limits } from "./ask-agent.ts";
import { AgentFailure } from "./failure.ts";
import { isToken } from "./token.ts";
import { completion, errorBody, modelList, readRequest, Stream } from "./wire.ts";

export interface BridgeOptions {
  readonly agent: Agent;
  /** The port; 0 takes any free one. */
  readonly port: number;
  readonly token: string;
  /** The only origin whose pages may use the bridge: `http://localhost:4600`. */
  readonly origin: string;
  readonly limits: Limits;
  /** Called after each call of the agent. */
  readonly onCall?: (call: { seconds: number; reply: Reply | null; failure: string | null }) => void;
  /** Interval between two keep-alive events of a stream [ms]. */
  readonly alive?: number;
}

export interface Bridge {
  /** `http://127.0.0.1:PORT/v1`. */
  readonly address: string;
  close(): Promise<void>;
}

const MAX_BODY = 8 << 20; // bytes: about two million tokens, more than any prompt
const MAX_WAITING = 4;

/** Starts the bridge. Rejects with a one-line error where the port is busy. */
export async function openBridge(options: BridgeOptions): Promise<Bridge> {
  const { agent, token, origin, limits, onCall, alive = 15_000 } = options;
  const over = new AbortController();
  const turns = new Turns();
  let port = options.port;

  const ask = async (prompt: string, signal: AbortSignal): Promise<Reply> => {
    const end = await turns.take(signal);
    const began = performance.now();
    const report = (reply: Reply | null, failure: string | null) =>
      onCall?.({ seconds: (performance.now() - began) / 1000, reply, failure });
    try {
      const reply = await askAgent(agent, prompt, limits, signal);
      report(reply, null);
      return reply;
    } catch (error) {
      const { status, message } = error as AgentFailure;
      report(null, message);
      throw error instanceof AgentFailure ? new AgentFailure(status, `${agent.name}: ${message}`) : error;
    } finally {
      end();
    }
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(guard(request, { port, origin })))
      response.setHeader(name, value);
    if (request.method === "OPTIONS") {
      response.writeHead(204).end();
      return;
    }
    mustHoldToken(request, token);
    const path = (request.url ?? "").split("?", 1)[0];
    if (request.method === "GET" && path === "/v1/models") send(response, 200, modelList(agent.name));
    else if (request.method === "POST" && path === "/v1/chat/completions") {
      const { prompt, stream } = readRequest(await bodyOf(request), agent.name);
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      request.socket.setTimeout(0); // an agent may think longer than the server keeps an idle connection
      const answer = ask(prompt, AbortSignal.any([gone.signal, over.signal]));
      if (stream) await sendStream(response, answer, new Stream(agent.name), alive);
      else send(response, 200, completion(agent.name, await answer));
    } else throw new AgentFailure(404, "the bridge has GET /v1/models and POST /v1/chat/completions");
  };

  const server = await listen({
    port,
    respond: (request, response) => {
      respond(request, response).catch((error: unknown) => {
        const failure =
          error instanceof AgentFailure
            ? error
            : new AgentFailure(500, `the bridge failed: ${firstLine(error)}`);
        if (response.headersSent) response.destroy();
        else send(response, failure.status === 499 ? 503 : failure.status, errorBody(failure));
      });
    },
  }).catch((error: unknown) => {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    throw code === "EADDRINUSE"
      ? new Error(`port ${port} is busy: another bridge may be there; take another one with --port`, {
          cause: error,
        })
      : error;
  });
  port = server.port;
  return {
    address: `http://127.0.0.1:${port}/v1`,
    close: async () => {
      over.abort();
      await turns.idle();
      await server.close();
    },
  };
}

/** Refuses requests to other hosts or from other origins; returns the headers of every response. */
function guard(
  { headers, method }: IncomingMessage,
  { port, origin }: { port: number; origin: string },
): Record<string, string> {
  // A page whose own host name points to this machine (DNS rebinding) sends that name here.
  const hosts = ["127.0.0.1", "localhost", "[::1]"].map((name) => `${name}:${port}`);
  if (!hosts.includes((headers.host ?? "").toLowerCase())) throw new AgentFailure(421, "unknown host");
  const from = headers.origin;
  if (from === undefined) return {};
  if (from !== origin) throw new AgentFailure(403, `pages of ${origin} alone may ask the bridge (--origin)`);
  return {
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": "Retry-After",
    Vary: "Origin",
    ...(method === "OPTIONS" && {
      "Access-Control-Allow-Methods": "GET, POST",
      "Access-Control-Allow-Headers": "authorization, content-type",
      "Access-Control-Allow-Private-Network": "true",
      "Access-Control-Max-Age": "600",
    }),
  };
}

function mustHoldToken({ headers }: IncomingMessage, token: string): void {
  const given = /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1] ?? "";
  if (!isToken(given.trim(), token))
    throw new AgentFailure(401, "invalid api key: the bridge's token is the one it printed as it started");
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    parts.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > MAX_BODY) throw new AgentFailure(413, `the request has more than ${MAX_BODY} bytes`);
  }
  return Buffer.concat(parts).toString();
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (status === 429) response.setHeader("Retry-After", "60");
  response.writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store" });
  response.end(JSON.stringify(body));
}

/**
 * A failure before the first keep-alive event sets the status of the response; a later one is an event of the stream.
 */
async function sendStream(
  response: ServerResponse,
  answer: Promise<Reply>,
  stream: Stream,
  alive: number,
): Promise<void> {
  const open = () => {
    if (!response.headersSent)
      response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  };
  const sign = setInterval(() => {
    open();
    response.write(stream.alive());
  }, alive);
  try {
    const reply = await answer;
    open();
    response.end(stream.answer(reply));
  } catch (error) {
    if (!response.headersSent || !(error instanceof AgentFailure)) throw error;
    response.end(stream.failure(error));
  } finally {
    clearInterval(sign);
  }
}

/** A queue for one call at a time; a cancelled call gives up its place. */
class Turns {
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Resolves when it is this call's turn, with the function that ends the turn. */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#waiting > MAX_WAITING)
      throw new AgentFailure(429, "rate limit: too many requests wait for the agent");
    const before = this.#tail;
    let end: () => void = () => undefined;
    this.#tail = new Promise((done) => (end = done));
    this.#waiting++;
    await before;
    const leave = () => {
      this.#waiting--;
      end();
    };
    if (!signal.aborted) return leave;
    leave();
    throw new AgentFailure(499, "the call was ended");
  }

  idle(): Promise<void> {
    return this.#tail;
  }
}
