// The server of `npm run engine`: on loopback, for pages of one origin that have its token, one at a time.
import type { IncomingMessage } from "node:http";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { LabError } from "../../src/error.ts";
import type { EngineHost } from "../../src/runner/engine/host.ts";
import { MAX_REASON, PROTOCOL, REFUSED, STOPPED } from "../../src/runner/wire/closing.ts";
import { MAX_FRAME } from "../../src/runner/wire/frames.ts";
import { Wire } from "../../src/runner/wire/wire.ts";
import { isToken } from "../bridge/token.ts";
import { firstLine } from "../ending.ts";
import { listen } from "../serve/listen.mjs";

interface EngineOptions {
  readonly host: Pick<EngineHost, "connect">;
  /** The port; 0 takes any free one. */
  readonly port: number;
  readonly token: string;
  /** The only origin whose pages may use the engine: `http://localhost:4600`. */
  readonly origin: string;
  /** Gets one line for each client that comes, goes or is refused. */
  readonly tell?: (line: string) => void;
  /** How long a client may take to leave, or to show that it is still there, when another one comes [ms]. */
  readonly grace?: number;
}

export interface EngineServer {
  /** `ws://127.0.0.1:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

interface Client {
  readonly socket: WebSocket;
  readonly leave: () => void;
}

/** Time for the close frame to arrive before the socket is cut [ms]. */
const PARTING = 1000;

/** Starts the server. Rejects with a one-line error where the port is busy. */
export async function serveEngine(options: EngineOptions): Promise<EngineServer> {
  const { host, token, origin, tell = () => undefined, grace = 2000 } = options;
  let client: Client | null = null;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });

  const admit = async (socket: WebSocket, request: IncomingMessage): Promise<void> => {
    const refuse = (reason: string) => {
      tell(`refused: ${reason}`);
      part(socket, REFUSED, reason);
    };
    socket.on("error", () => undefined); // its close event follows
    const reason = refusal(request, token, origin);
    if (reason !== null) return refuse(reason);
    socket.pause(); // its messages wait for the client before
    if (client !== null) await departure(client, grace);
    if (client !== null) return refuse("another page computes on it");
    client = serve(host, socket, refuse, () => {
      client = null;
      tell("the page left");
    });
    tell("a page computes on it");
    socket.resume();
  };

  const server = await listen({
    port: options.port,
    respond: (_, response) => {
      response.writeHead(426, { "Content-Type": "text/plain" }).end("the engine is a WebSocket\n");
    },
    upgrade: (request, socket, head) => {
      sockets.handleUpgrade(request, socket, head, (opened) => void admit(opened, request));
    },
  }).catch((error: unknown) => {
    const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
    if (code !== "EADDRINUSE") throw error;
    const words = `port ${options.port} is busy: another engine may be there; take another one with --port`;
    throw new Error(words, { cause: error });
  });
  return {
    address: `ws://127.0.0.1:${server.port}`,
    close: async () => {
      const open = [...sockets.clients];
      await Promise.all(open.map((socket) => part(socket, STOPPED, "it was stopped")));
      await server.close();
    },
  };
}

/** Why a request is refused, in one line; null: it may use the engine. */
function refusal({ headers }: IncomingMessage, token: string, origin: string): string | null {
  // A page whose own host name points to this machine (DNS rebinding) sends that name here. A tunnel has a port of its own.
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(headers.host ?? "")) return "unknown host";
  if (headers.origin !== undefined && headers.origin !== origin)
    return `only pages of ${origin} may use it (--origin)`;
  const [protocol, given = ""] = (headers["sec-websocket-protocol"] ?? "").split(/\s*,\s*/);
  if (protocol !== PROTOCOL || !isToken(given, encodeURIComponent(token)))
    return "wrong token (open the link that npm run engine printed)";
  return null;
}

/** Connects a socket with the engine until it closes. */
function serve(
  host: Pick<EngineHost, "connect">,
  socket: WebSocket,
  refuse: (reason: string) => void,
  left: () => void,
): Client {
  const guarded = (work: () => void) => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof LabError) || error.code !== "protocol") throw error;
      leave();
      refuse(firstLine(error));
    }
  };
  const { hear, leave: end } = host.connect((message) => {
    wire.post(message);
  });
  const wire = new Wire({
    send: (frame) => {
      socket.send(frame);
    },
    hear,
    refuse,
  });
  let here = true;
  const leave = () => {
    if (!here) return;
    here = false;
    wire.close();
    end();
    left();
  };
  socket.on("close", leave);
  socket.on("message", (data: RawData, binary: boolean) => {
    if (!here) return;
    guarded(() => {
      wire.take(binary ? bytesOf(data) : String(data));
    });
  });
  return { socket, leave };
}

/** Memory of its own, from its first byte: typed arrays need their alignment. */
function bytesOf(data: RawData): ArrayBuffer {
  if (data instanceof ArrayBuffer) return data;
  const whole = Array.isArray(data) ? Buffer.concat(data) : data;
  return new Uint8Array(whole).buffer;
}

/** Waits until the client has left. One that does not even answer a ping is cut off. */
async function departure({ socket, leave }: Client, grace: number): Promise<void> {
  let there = false;
  socket.once("pong", () => (there = true));
  socket.ping();
  await gone(socket, grace);
  if (there) return;
  leave();
  socket.terminate();
}

/** Closes a socket with a reason, and cuts it when the other end does not close it too. */
async function part(socket: WebSocket, code: number, reason: string): Promise<void> {
  socket.close(code, reason.replace(/[^ -~]/g, "?").slice(0, MAX_REASON));
  await gone(socket, PARTING);
  socket.terminate();
}

/** Resolves when the socket is closed, or after so long [ms]. */
function gone(socket: WebSocket, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
    if (socket.readyState === socket.CLOSED) {
      clearTimeout(timer);
      resolve();
    }
  });
}
