// The engine's server over real sockets, with an engine that only repeats what it hears.
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket as NodeSocket } from "ws";
import type { ConnectedClient } from "../../src/runner/engine/host.ts";
import type { EngineMessage } from "../../src/runner/contract/protocol.ts";
import { parseEngineCommand } from "../../src/runner/contract/protocol.ts";
import { PROTOCOL } from "../../src/runner/wire/closing.ts";
import { openRelay } from "../../src/runner/wire/relay.ts";
import { type EngineServer, serveEngine } from "./serve-engine.ts";

const TOKEN = "a token/of=a test";
const ORIGIN = "http://localhost:4600";
const atTheEnd: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of atTheEnd.splice(0).reverse()) await end();
});

/** An engine that answers each command with `done`; a session's port repeats what it gets. */
class Echo {
  readonly heard: unknown[] = [];
  clients = 0;
  say: (message: EngineMessage) => void = () => undefined;
  connect(say: (message: EngineMessage) => void): ConnectedClient {
    this.clients++;
    this.say = say;
    return {
      hear: (message) => {
        const command = parseEngineCommand(message);
        this.heard.push(command);
        if (command.type === "open") {
          const { port } = command;
          port.onmessage = ({ data }: MessageEvent<unknown>) => {
            this.heard.push(data);
            port.postMessage(data);
          };
          atTheEnd.push(() => port.close());
        }
        say({ type: "done", id: command.id });
      },
      leave: () => void this.clients--,
    };
  }
}

async function server(host: Echo, grace = 200): Promise<EngineServer & { lines: string[] }> {
  const lines: string[] = [];
  const tell = (line: string) => void lines.push(line);
  const opened = await serveEngine({ host, port: 0, token: TOKEN, origin: ORIGIN, tell, grace });
  atTheEnd.push(() => opened.close());
  return { ...opened, lines };
}

class FromPage extends NodeSocket {
  constructor(address: string, protocols: string[], origin = ORIGIN) {
    super(address, protocols, { origin });
    this.on("error", () => undefined); // a browser's socket has only its close event
  }
}
const as = (origin: string) =>
  class extends FromPage {
    constructor(address: string, protocols: string[]) {
      super(address, protocols, origin);
    }
  };

/** A page's relay, and a wait for the next message that matches. */
function page({ address }: EngineServer, token = TOKEN, Socket: typeof FromPage = FromPage) {
  const said: { type?: unknown; reason?: string }[] = [];
  let hear: () => void = () => undefined;
  const relay = openRelay(
    { address, token },
    (message) => {
      said.push(message as never);
      hear();
    },
    Socket as never,
  );
  atTheEnd.push(() => relay.close());
  const next = async (type: string) => {
    for (;;) {
      const found = said.findIndex((message) => message.type === type);
      if (found >= 0) return said.splice(found, 1)[0];
      await new Promise<void>((resolve) => (hear = resolve));
    }
  };
  return { relay, next, lost: async () => (await next("lost")).reason };
}

const open = (id: number, port: MessagePort) =>
  ({ type: "open", id, port, tuning: "[]", seed: 1, budgetTokens: 0, tuneMs: 0, rehearsed: false }) as const;

/** Opens a session and returns the sandbox's end of it. */
async function session({ relay, next }: ReturnType<typeof page>, id = 1) {
  const { port1, port2 } = new MessageChannel();
  atTheEnd.push(() => port1.close());
  const heard: unknown[] = [];
  let hear: () => void = () => undefined;
  port1.onmessage = ({ data }: MessageEvent<unknown>) => {
    heard.push(data);
    hear();
  };
  relay.post(open(id, port2));
  await next("done");
  const ask = async (message: unknown): Promise<unknown> => {
    port1.postMessage(message);
    while (heard.length === 0) await new Promise<void>((resolve) => (hear = resolve));
    return heard.shift();
  };
  return { port: port1, ask };
}

describe("the engine over a socket", () => {
  it("carries commands and the messages of a session, with every bit of their arrays", async () => {
    const host = new Echo();
    const at = page(await server(host));
    const bits = Uint32Array.of(0x7fc00001, 0x80000000, 1, 0xff800000); // a NaN with a payload, -0, a denormal, -Infinity
    const forward = { graph: "{}", single: "ünï\u2028", weights: new Float32Array(bits.buffer.slice(0)) };
    at.relay.post({ type: "load", id: 3, forward, lines: new Uint32Array(), singleLines: Uint32Array.of(7) });
    expect(await at.next("done")).toEqual({ type: "done", id: 3 });
    const { forward: there, lines } = host.heard[0] as { forward: typeof forward; lines: Uint32Array };
    expect(there.single).toBe(forward.single);
    expect(new Uint32Array(there.weights.buffer)).toEqual(bits);
    expect(lines).toEqual(new Uint32Array());
    const { ask } = await session(at, 4);
    const step = {
      numbers: Float64Array.of(0.1, NaN),
      data: [null, Uint32Array.of(1)],
      tape: null,
      forget: false,
    };
    expect(await ask({ type: "step", id: 0, step })).toEqual({ type: "step", id: 0, step });
    // Two sessions beside each other; later ones end the first.
    const beside = await session(at, 5);
    expect(await Promise.all([ask("one"), beside.ask("two")])).toEqual(["one", "two"]);
    for (let id = 6; id < 9; id++) await session(at, id);
    host.heard.length = 0;
    void ask("too late");
    expect(await beside.ask("last")).toBe("last");
    expect(host.heard).toEqual(["last"]);
  });

  it("refuses a wrong token, another origin, another protocol and an unknown host, each in one line", async () => {
    const at = await server(new Echo());
    const here = `the engine at ${at.address} refuses:`;
    const wrong = `${here} wrong token (open the link that npm run engine printed)`;
    expect(await page(at, "another-token-entirely").lost()).toBe(wrong);
    expect(await page(at, TOKEN, as("http://evil.example")).lost()).toBe(
      `${here} only pages of ${ORIGIN} may use it (--origin)`,
    );
    expect(await page(at, TOKEN, as("null")).lost()).toMatch(/only pages of/);
    const named = [PROTOCOL, encodeURIComponent(TOKEN)];
    const rebound = new NodeSocket(at.address, named, { headers: { host: "evil.example:80" } });
    expect(await reasonOf(rebound)).toBe("unknown host");
    expect(await reasonOf(new NodeSocket(at.address, [PROTOCOL]))).toMatch(/^wrong token/);
    expect(at.lines).toHaveLength(5);
    expect(at.lines.every((line) => line.startsWith("refused: "))).toBe(true);
  });

  it("serves one page at a time, and the next one when that has left or does not answer", async () => {
    const host = new Echo();
    const at = await server(host);
    const first = page(at);
    first.relay.post({ type: "measure", id: 1 });
    await first.next("done");
    expect(await page(at).lost()).toBe(`the engine at ${at.address} refuses: another page computes on it`);
    expect(host.clients).toBe(1);
    // The page reloads: its end and the new beginning arrive at the same time.
    first.relay.close();
    const second = page(at);
    second.relay.post({ type: "measure", id: 1 });
    await second.next("done");
    expect(host.clients).toBe(1);
    second.relay.close();
    // One whose machine has gone to sleep answers no ping.
    const asleep = new NodeSocket(at.address, [PROTOCOL, encodeURIComponent(TOKEN)], { autoPong: false });
    await once(asleep, "open");
    await expect.poll(() => host.clients).toBe(1);
    const third = page(at);
    third.relay.post({ type: "measure", id: 9 });
    expect(await third.next("done")).toEqual({ type: "done", id: 9 });
    expect(host.clients).toBe(1);
  });

  it("says in one line that it was stopped, that it is not there, and that the connection broke", async () => {
    const host = new Echo();
    const at = await server(host);
    const first = page(at);
    first.relay.post({ type: "measure", id: 1 });
    await first.next("done");
    await at.close();
    expect(await first.lost()).toBe(`the engine at ${at.address} was stopped`);
    expect(host.clients).toBe(0);
    expect(await page(at).lost()).toBe(
      `the engine at ${at.address} does not answer (start it there with npm run engine)`,
    );
    const again = await server(host);
    const sockets: NodeSocket[] = [];
    class Kept extends FromPage {
      constructor(address: string, protocols: string[]) {
        super(address, protocols);
        sockets.push(this);
      }
    }
    const second = page(again, TOKEN, Kept);
    second.relay.post({ type: "measure", id: 1 });
    await second.next("done");
    sockets[0].terminate();
    expect(await second.lost()).toBe(`the connection to the engine at ${again.address} broke`);
    await expect.poll(() => host.clients).toBe(0);
  });

  it.each([
    ["a text without a channel", "hello"],
    ["no JSON", "0 {"],
    ["no command", '0 {"type":"format","id":1}'],
    [
      "a command with a field of another type",
      '0 {"type":"sample","id":1,"count":"all","seconds":1,"seed":1}',
    ],
    ["an array that never came", '0 {"type":"take","id":1,"parameters":{"$":"Uint32Array","at":0}}'],
    [
      "an array of a type that no message has",
      '0 {"type":"take","id":1,"parameters":{"$":"BigInt64Array","at":0}}',
    ],
  ])("ends a client that sends garbage, in one line: %s", async (_, text) => {
    const host = new Echo();
    const at = await server(host);
    const socket = new NodeSocket(at.address, [PROTOCOL, encodeURIComponent(TOKEN)]);
    await once(socket, "open");
    socket.send(text);
    const [code, reason] = (await once(socket, "close")) as [number, Buffer];
    expect(code).toBe(4000);
    expect(String(reason)).not.toMatch(/\n/);
    expect(String(reason).length).toBeGreaterThan(10);
    expect(host.clients).toBe(0);
    const next = page(at);
    next.relay.post({ type: "measure", id: 1 });
    await next.next("done");
  });

  it("refuses a frame that is too large before it has it", async () => {
    const at = await server(new Echo());
    const socket = new NodeSocket(at.address, [PROTOCOL, encodeURIComponent(TOKEN)]);
    await once(socket, "open");
    // The head of a binary frame of 2 GiB, and nothing behind it.
    const head = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0x80, 0, 0, 0, 1, 2, 3, 4]);
    (socket as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(head);
    const [code] = (await once(socket, "close")) as [number];
    expect(code).toBe(1009);
  });

  it.each([
    ["a bigint", 1n],
    ["a cycle", cycle()],
    ["bytes", new Uint8Array(8)],
    ["memory", { data: new Int8Array(1) }],
  ])("ends a train.ts whose message cannot be sent, and stays connected: %s", async (_, message) => {
    const at = page(await server(new Echo()));
    const { port } = await session(at);
    port.postMessage(message);
    expect((await at.next("violated")).reason).toMatch(/^broke the protocol: /);
    at.relay.post({ type: "measure", id: 8 });
    expect(await at.next("done")).toEqual({ type: "done", id: 8 });
  });

  it.each([
    ["a mark", { $: "port" }],
    ["a mark without its array", { $: "Float32Array", at: 3 }],
    ["a channel's number", "2 {}"],
    ["a map", new Map([["type", "step"]])],
  ])("hands the forged message of a train.ts to its session, and stays connected: %s", async (_, message) => {
    const host = new Echo();
    const at = page(await server(host));
    const { ask } = await session(at);
    host.heard.length = 0;
    const answer = await ask(message);
    expect(host.heard).toHaveLength(1);
    expect(answer === null || typeof answer === "string" || JSON.stringify(answer) === "{}").toBe(true);
    at.relay.post({ type: "measure", id: 8 });
    expect(await at.next("done")).toEqual({ type: "done", id: 8 });
  });
});

async function reasonOf(socket: NodeSocket): Promise<string> {
  const [, reason] = (await once(socket, "close")) as [number, Buffer];
  return String(reason);
}

function cycle(): object {
  const round: { next?: object } = {};
  round.next = round;
  return round;
}
