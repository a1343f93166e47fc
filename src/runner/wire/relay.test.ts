// The relay over a socket that the test plays.
import { expect, it } from "vitest";
import { openRelay } from "./relay.ts";

class Socket {
  static readonly opened: Socket[] = [];
  readonly sent: unknown[] = [];
  bufferedAmount = 0;
  closed = false;
  onopen: () => void = () => undefined;
  onmessage: (event: { data: string | ArrayBuffer }) => void = () => undefined;
  onclose: (event: { code: number; reason: string }) => void = () => undefined;
  readonly protocols: readonly string[];
  constructor(_: string, protocols: string[]) {
    this.protocols = protocols;
    Socket.opened.push(this);
  }
  send(frame: unknown): void {
    this.sent.push(frame);
  }
  close(): void {
    this.closed = true;
  }
}

function open() {
  const said: { type?: string; reason?: string }[] = [];
  const engine = { address: "ws://127.0.0.1:1", token: "a token" };
  const relay = openRelay(engine, (message) => said.push(message as never), Socket as never);
  const socket = Socket.opened.at(-1);
  if (socket === undefined) throw new Error("no socket was opened");
  return { relay, socket, said };
}

it("sends the token beside the protocol, and keeps messages in their order until the connection is open", () => {
  const { relay, socket } = open();
  expect(socket.protocols).toEqual(["overnight-engine", "a%20token"]);
  relay.post({ type: "take", id: 1, parameters: Uint32Array.of(1) });
  relay.post({ type: "measure", id: 2 });
  expect(socket.sent).toEqual([]);
  socket.onopen();
  relay.post({ type: "measure", id: 3 });
  expect(socket.sent).toEqual([
    Uint32Array.of(1),
    '0 {"type":"take","id":1,"parameters":{"$":"Uint32Array","at":0}}',
    '0 {"type":"measure","id":2}',
    '0 {"type":"measure","id":3}',
  ]);
});

it("ends a train.ts that sends faster than the engine takes, and not the connection", async () => {
  const { relay, socket, said } = open();
  socket.onopen();
  const { port1, port2 } = new MessageChannel();
  relay.post({ type: "open", id: 1, port: port2 });
  expect(socket.sent).toEqual(['0 {"type":"open","id":1,"port":{"$":"port"}}']);
  port1.postMessage("one");
  await expect.poll(() => socket.sent.at(-1)).toBe('1 "one"');
  socket.bufferedAmount = 2 ** 31;
  for (let i = 0; i < 5; i++) port1.postMessage("more");
  await expect
    .poll(() => said)
    .toEqual([{ type: "violated", reason: "broke the protocol: flooded the engine with requests" }]);
  expect(socket.sent).toHaveLength(2);
  expect(socket.closed).toBe(false);
  port1.close();
});

it("is lost once, with the first reason, and hears nothing after that", () => {
  const { relay, socket, said } = open();
  socket.onopen();
  socket.onmessage({ data: "no channel" });
  expect(socket.closed).toBe(true);
  socket.onclose({ code: 4001, reason: "" });
  socket.onmessage({ data: '0 {"type":"alive"}' });
  relay.post({ type: "measure", id: 1 });
  expect(said).toHaveLength(1);
  expect(said[0]).toMatchObject({ type: "lost" });
  expect(said[0].reason).toMatch(/a text without a channel/);
  expect(socket.sent).toEqual([]);
});

it.each([
  [
    4000,
    "another page computes on it",
    true,
    "the engine at ws://127.0.0.1:1 refuses: another page computes on it",
  ],
  [4001, "it was stopped", true, "the engine at ws://127.0.0.1:1 was stopped"],
  [1009, "", true, "the engine at ws://127.0.0.1:1 refuses: a message is too large"],
  [1006, "", true, "the connection to the engine at ws://127.0.0.1:1 broke"],
  [1006, "", false, "the engine at ws://127.0.0.1:1 does not answer (start it there with npm run engine)"],
] as const)("says how a connection ended: %i %s", (code, reason, opened, line) => {
  const { socket, said } = open();
  if (opened) socket.onopen();
  socket.onclose({ code, reason });
  expect(said).toEqual([{ type: "lost", reason: line }]);
});
