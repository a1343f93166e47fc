// The host serves one client after the other with one device.
import { expect, it } from "vitest";
import type { EngineMessage } from "../contract/protocol.ts";
import { EngineHost } from "./host.ts";
import type { ComputeEngine } from "./engine-service.ts";

/** Devices that only say their names, each when the test says so. */
function devices() {
  const opened: { lose(reason: string): void }[] = [];
  const waiting: (() => void)[] = [];
  let open: () => Promise<void> = () => Promise.resolve();
  const host = new EngineHost(async () => {
    await open();
    let lose: (reason: string) => void = () => undefined;
    const lost = new Promise<string>((resolve) => (lose = resolve));
    opened.push({ lose });
    const description = `device ${opened.length}`;
    return {
      software: true,
      about: { vendor: "", architecture: "", description, software: true, features: [] },
      lost,
      reset: () => undefined,
    } as Partial<ComputeEngine> as ComputeEngine;
  });
  const slow = () => (open = () => new Promise((resolve) => waiting.push(resolve)));
  return { host, opened, slow, ready: () => waiting.splice(0).forEach((resolve) => resolve()) };
}

const settled = async () => {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setTimeout(resolve, 0));
};
function client(host: EngineHost) {
  const said: EngineMessage[] = [];
  return { said, ...host.connect((message) => said.push(message)) };
}
const close = (id: number) => ({ type: "close", id });

it("keeps the device for the next client, and opens another after a loss", async () => {
  const { host, opened } = devices();
  const first = client(host);
  first.hear(close(1));
  await settled();
  first.leave();
  const second = client(host);
  second.hear(close(7));
  await settled();
  expect([first.said, second.said]).toEqual([[{ type: "done", id: 1 }], [{ type: "done", id: 7 }]]);
  expect(opened).toHaveLength(1);
  opened[0].lose("pulled out");
  await settled();
  second.hear(close(8));
  await settled();
  expect(opened).toHaveLength(2);
  expect((await host.engine()).about.description).toBe("device 2");
  second.leave();
});

it("tells a client nothing that another one asked, and runs none of its commands after it left", async () => {
  const { host, slow, ready } = devices();
  slow();
  const first = client(host);
  first.hear(close(1)); // under way as it leaves
  first.hear({ type: "begin", id: 2, seconds: 1 });
  await settled();
  first.leave();
  const second = client(host);
  second.hear(close(1));
  await settled();
  expect(second.said).toEqual([]);
  ready();
  await settled();
  expect(first.said).toEqual([]);
  expect(second.said).toEqual([{ type: "done", id: 1 }]);
  second.leave();
});

it("throws what is no command to the one who connects, and goes on", async () => {
  const { host } = devices();
  const one = client(host);
  expect(() => one.hear({ type: "format" })).toThrow(/lab: message type, got "format"/);
  one.hear(close(1));
  await settled();
  expect(one.said).toEqual([{ type: "done", id: 1 }]);
  one.leave();
});

it("asks for a device again when none could be opened", async () => {
  let tries = 0;
  const host = new EngineHost(() => {
    tries++;
    return Promise.reject(new Error("no adapter"));
  });
  const one = client(host);
  one.hear(close(1));
  one.hear(close(2));
  await settled();
  expect(one.said.map((message) => message.type)).toEqual(["refused", "refused"]);
  expect(tries).toBe(2);
  one.leave();
});
