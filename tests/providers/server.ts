// A scripted provider of language models on loopback, in the real wire formats. It plays every failure of a night, and
// keeps all requests of the lab for inspection.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Play, Received, Wire } from "./plays.ts";
import { anthropic } from "./wire-anthropic.ts";
import { chat } from "./wire-chat.ts";
import { google } from "./wire-google.ts";
import { responses } from "./wire-responses.ts";

export type { Play, Received } from "./plays.ts";

/** The providers that the server imitates. */
export const KINDS = ["anthropic", "openai", "google", "openrouter", "compatible"] as const;
export type Kind = (typeof KINDS)[number];

export interface ProviderServer {
  /** Base addresses for a configuration. */
  readonly address: Readonly<Record<Kind, string>>;
  /** Requests for answers, in order. */
  readonly received: readonly Received[];
  /** Free requests (lists of models, keys). */
  readonly probes: readonly Received[];
  /** Answers for the next requests, in order; after the last one, requests fail with 500 "the script is over". */
  play(...plays: readonly Play[]): void;
  /** Answers the requests after the last play; absent: they fail. */
  answerWith(answer: (request: Received) => Play): void;
  /** The answer to free requests; absent: a list with the model `model`. */
  answerProbes(answer: { status: number; body: unknown } | null): void;
  /** Drops the rest of the script, so that it does not play in the next test. */
  clear(): void;
  close(): Promise<void>;
}

export async function startProvider(): Promise<ProviderServer> {
  const script: Play[] = [];
  const received: Received[] = [];
  const probes: Received[] = [];
  let answerTo: ((request: Received) => Play) | null = null;
  let probeAnswer: { status: number; body: unknown } | null = null;
  const server = createServer((request, reply) => {
    allowPages(request, reply);
    if (request.method === "OPTIONS") {
      reply.writeHead(204).end();
      return;
    }
    void read(request).then((message) => {
      if (message.method !== "POST") {
        probes.push(message);
        const answer = probeAnswer ?? {
          status: 200,
          body: { object: "list", data: [{ id: "model", object: "model" }] },
        };
        reply
          .writeHead(answer.status, { "content-type": "application/json" })
          .end(JSON.stringify(answer.body));
        return;
      }
      received.push(message);
      const play = script.shift() ?? answerTo?.(message) ?? { status: 500, message: "the script is over" };
      act(wireOf(message.path), play, reply);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    address: {
      anthropic: `${origin}/anthropic/v1`,
      openai: `${origin}/openai/v1`,
      google: `${origin}/google/v1beta`,
      openrouter: `${origin}/openrouter/v1`,
      compatible: `${origin}/compatible/v1`,
    },
    received,
    probes,
    play: (...plays) => script.push(...plays),
    answerWith: (answer) => {
      answerTo = answer;
    },
    answerProbes: (answer) => {
      probeAnswer = answer;
    },
    clear: () => {
      script.length = 0;
      answerTo = null;
      probeAnswer = null;
    },
    close: () => close(server),
  };
}

/** CORS as the real providers allow it; `retry-after` is readable only where it is exposed. */
function allowPages(request: IncomingMessage, reply: ServerResponse): void {
  reply.setHeader("access-control-allow-origin", "*");
  reply.setHeader("access-control-allow-headers", request.headers["access-control-request-headers"] ?? "*");
  reply.setHeader("access-control-expose-headers", "retry-after");
}

function wireOf(path: string): Wire {
  if (path.endsWith("/messages")) return anthropic;
  if (path.endsWith("/responses")) return responses;
  return path.includes(":streamGenerateContent") ? google : chat;
}

async function read(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const body = (text === "" ? {} : JSON.parse(text)) as Record<string, unknown>;
  return { method: request.method ?? "", path: request.url ?? "", headers: request.headers, body, text };
}

function act(wire: Wire, play: Play, reply: ServerResponse): void {
  if (play.dead) {
    reply.destroy();
    return;
  }
  if (play.status !== undefined) {
    const type = play.page === undefined ? "application/json" : "text/html";
    reply.writeHead(play.status, { "content-type": type, ...play.headers });
    reply.end(play.page ?? JSON.stringify(wire.refuse(play.status, play)));
    return;
  }
  reply.writeHead(200, { "content-type": play.type ?? "text/event-stream", ...play.headers });
  if (play.body !== undefined) {
    reply.end(play.body);
    return;
  }
  for (const line of wire.begin(play)) reply.write(line);
  if (play.endless !== undefined) {
    pour(wire.delta(play.endless), reply);
    return;
  }
  const text = play.text ?? "";
  const middle = play.middle === undefined ? text.length : Math.ceil(text.length / 2);
  for (let at = 0; at < middle; at += 40) reply.write(wire.delta(text.slice(at, Math.min(at + 40, middle))));
  if (play.middle === "silence") return;
  if (play.middle === "drop") {
    // Send the written text before the connection drops.
    setTimeout(() => reply.destroy(), 20);
    return;
  }
  if (play.middle === "error") reply.write(wire.error(play));
  if (play.middle === undefined) for (const line of wire.end(play)) reply.write(line);
  reply.end();
}

function pour(line: string, reply: ServerResponse): void {
  const more = () => {
    while (!reply.destroyed && reply.write(line));
    if (!reply.destroyed) reply.once("drain", more);
  };
  more();
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
