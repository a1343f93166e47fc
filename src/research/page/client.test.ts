import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { WorkerClient } from "./client.ts";
import type { ToLab } from "../contract/messages.ts";
import { patchMessages, Publisher } from "../lab/publisher.ts";
import type { ExperimentView, LabState } from "../contract/lab-state.ts";

function connected() {
  const sent: Extract<ToLab, { type: "command" }>[] = [];
  const client = new WorkerClient((message) => {
    if (message.type === "command") sent.push(message);
  });
  return { sent, client };
}

describe("the client", () => {
  it("matches answers to questions in any order", async () => {
    const { client, sent } = connected();
    const check = client.checkSource("x");
    const load = client.loadExperiment(4);
    expect(sent.map(({ command }) => command.type)).toEqual(["check-source", "load-experiment"]);
    client.hear({ type: "refusal", id: sent[1]!.id, code: "value", message: "there is no experiment 4" });
    client.hear({ type: "answer", id: sent[0]!.id, value: [] });
    expect(await check).toEqual([]);
    await expect(load).rejects.toMatchObject({ code: "value", message: "there is no experiment 4" });
  });

  it("merges patches, keeps the identity of unchanged values, and calls a new listener at once", () => {
    const { client } = connected();
    const seen: LabState[] = [];
    client.subscribe((state) => seen.push(state));
    client.hear({ type: "patch", patch: { program: "a" } });
    const stop = client.subscribe((state) => seen.push(state));
    expect(seen.map((state) => state.program)).toEqual(["", "a", "a"]);
    expect(seen[1]?.experiments).toBe(seen[0]?.experiments);
    stop();
    client.hear({ type: "patch", patch: { program: "b" } });
    expect(seen.length).toBe(4);
  });

  it("gets only the experiments it does not have, and keeps the others", () => {
    const { client } = connected();
    const toMessage = patchMessages();
    const put = (patch: Partial<LabState>) => {
      const message = toMessage(patch);
      client.hear(message);
      return message.grown?.added.length;
    };
    const [a, b, c, other] = [0, 1, 2, 1].map((number) => ({ number }) as ExperimentView);
    const listed = (...wanted: unknown[]) => wanted as ExperimentView[];
    expect(put({ experiments: listed(a, b) })).toBe(2);
    expect(put({ program: "x" })).toBeUndefined();
    expect(put({ experiments: listed(a, b, c), program: "y" })).toBe(1);
    expect(client.state()).toMatchObject({
      program: "y",
      experiments: [{ number: 0 }, { number: 1 }, { number: 2 }],
    });
    expect(client.state().experiments[0]).toBe(a);
    expect(put({ experiments: listed(a, other, c) })).toBe(2);
    expect(client.state().experiments[1]).toBe(other);
    expect(put({ experiments: listed(a) })).toBe(0);
    expect(client.state().experiments).toEqual([a]);
    expect(put({ experiments: [] })).toBe(0);
    expect(client.state().experiments).toEqual([]);
  });

  it("is opened when the lab is ready, in any phase", async () => {
    const { client } = connected();
    const opened = client.opened();
    client.hear({ type: "patch", patch: { phase: "opening" } });
    client.hear({ type: "patch", patch: { phase: "readonly" } });
    await opened;
    await client.opened();
  });

  it("rejects the opening and every open question when the worker fails", async () => {
    const { client } = connected();
    const [opened, asked] = [client.opened(), client.exportBundle()];
    client.fail("the lab's worker failed");
    await expect(opened).rejects.toThrow("the lab's worker failed");
    await expect(asked).rejects.toThrow("the lab's worker failed");
    expect(client.state().phase).toBe("failed");
  });

  it("passes points of the live curve and events on", () => {
    const { client } = connected();
    const heard: string[] = [];
    client.hot((event) => heard.push(event.type));
    client.onEvent((event) => heard.push(event.type));
    client.hear({ type: "hot", event: { type: "points", points: [[0, 1]] } });
    client.hear({ type: "event", event: { type: "notice", level: "info", text: "" } });
    expect(heard).toEqual(["points", "notice"]);
  });
});

describe("the publisher", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("sends at most five times a second, and sends the current state last", () => {
    const sent: Partial<LabState>[] = [];
    const publisher = new Publisher(
      (patch) => sent.push(patch),
      () => Date.now(),
    );
    for (let i = 0; i < 100; i++) {
      publisher.set({ program: String(i) });
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(1000);
    expect(sent.length).toBeGreaterThan(4);
    expect(sent.length).toBeLessThanOrEqual(7);
    expect(sent.at(-1)).toEqual({ program: "99" });
  });

  it("sends at once when asked, and nothing when nothing changed", () => {
    const sent: Partial<LabState>[] = [];
    const publisher = new Publisher((patch) => sent.push(patch));
    publisher.set({ phase: "idle" });
    publisher.set({ error: "x" });
    publisher.flush();
    publisher.flush();
    expect(sent).toEqual([{ phase: "idle", error: "x" }]);
    expect(publisher.state).toMatchObject({ phase: "idle", error: "x" });
  });
});
