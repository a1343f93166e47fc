// Runs without a result about train.ts: the machine slept or was busy, the GPU or the engine was lost.
import { describe, expect, it } from "vitest";
import { type FakeClock, FakeEngine, request, settle } from "./testing/fakes.ts";
import { begin, handover, healthy, lab, rehearse, severalRuns, SOURCE } from "./testing/lab.ts";
import type { RunEvent } from "./contract/types.ts";

describe("a run", () => {
  it("does not take the lab's own pause for the trainer's silence", async () => {
    const at = lab();
    await rehearse(at);
    at.clock.freeze(60_000); // the lab's worker was busy; the trainer's beats are still in the queue
    await at.clock.pass(500);
    at.trainer.say({ type: "ready" });
    await settle();
    await settle();
    expect(at.trainer.heard.at(-1)?.type).toBe("begin");
    at.stop.abort();
    await at.result;
  });

  it("is void when the machine slept, or the lab was frozen, while the clock ran", async () => {
    for (const lose of [(c: FakeClock) => c.sleep(5000), (c: FakeClock) => c.freeze(4000)]) {
      const at = lab();
      await begin(at);
      await healthy(at, 2000);
      lose(at.clock);
      await healthy(at, 1000);
      expect(await at.result).toMatchObject({ status: "aborted", retry: true, cause: "slept" });
    }
  });

  it("is void when the machine was disturbed, repeated twice, and then judged with a warning", async () => {
    let asked = 0;
    // 2 ms of work before each run, 30 ms after it.
    const engine = new FakeEngine({
      pace: ({ id }) => ({ type: "paced", id, ms: asked++ % 2 === 0 ? 2 : 30 }),
    });
    const { runner, clock, trainer } = severalRuns(() => engine);
    const once = async () => {
      const events: RunEvent[] = [];
      const result = runner.run(request(SOURCE), (event) => events.push(event), new AbortController().signal);
      await settle();
      const at = { clock, trainer: trainer() };
      await begin(at);
      await healthy(at, 20_000);
      trainer().say(handover);
      return { result: await result, warnings: events.filter(({ type }) => type === "warning") };
    };
    for (let i = 0; i < 2; i++) {
      const { result } = await once();
      expect(result).toMatchObject({ status: "aborted", cause: "disturbed", retry: true });
      expect(result.status === "aborted" && result.reason).toMatch(/15\.0 times slower after the run/);
    }
    const { result, warnings } = await once();
    expect(result.status).toBe("scored");
    expect(warnings).toHaveLength(1);
    expect((await once()).result.status).toBe("aborted"); // counted anew
  });

  it("is void when the GPU is lost once, and a crash when the same train.ts loses it again", async () => {
    const { runner, trainer } = severalRuns();
    const once = async () => {
      const result = runner.run(request(SOURCE), () => undefined, new AbortController().signal);
      await settle();
      await settle();
      trainer().say({ type: "hello" });
      trainer().say({ type: "failed", device: true, message: "the GPU was lost", line: 0 });
      return result;
    };
    expect(await once()).toMatchObject({ status: "aborted", retry: true, cause: "device" });
    expect(await once()).toMatchObject({ status: "crash", reason: "train.ts: twice, the GPU was lost" });
  });

  it("does not blame train.ts when no device could be opened", async () => {
    let there = false;
    const open = ({ id }: { id: number }) =>
      there
        ? { type: "opened", id, device: "fake gpu", memory: 2 ** 30 }
        : { type: "refused", id, code: "device", reason: "WebGPU found no adapter" };
    const { runner, trainer } = severalRuns(() => new FakeEngine({ open }));
    const failing = async (met: boolean) => {
      there = met;
      const result = runner.run(request(SOURCE), () => undefined, new AbortController().signal);
      await settle();
      await settle();
      trainer().say({ type: "failed", device: true, message: "the GPU was lost", line: 0 });
      return result;
    };
    for (let i = 0; i < 3; i++) {
      const result = await failing(false);
      expect(result).toMatchObject({ status: "aborted", retry: true, cause: "device" });
      expect(result).not.toHaveProperty("lost");
    }
    expect(await failing(true)).toMatchObject({ status: "aborted", cause: "device", lost: true });
    expect(await failing(false)).toMatchObject({ status: "aborted", cause: "device" });
    expect(await failing(true)).toMatchObject({ status: "crash" });
  });

  it("is void when the engine is lost while it trains: one that says so, and one that says nothing", async () => {
    const engines = [new FakeEngine(), new FakeEngine()];
    let opened = 0;
    const { runner, clock, trainer } = severalRuns(() => engines[opened++]);
    const training = async (source: string) => {
      const result = runner.run(request(source), () => undefined, new AbortController().signal);
      await settle();
      await begin({ trainer: trainer() });
      return result;
    };
    const one = training(SOURCE);
    await settle();
    await healthy({ clock, trainer: trainer(), engine: engines[0] }, 3000);
    engines[0].say({ type: "lost", reason: "the engine left" });
    expect(await one).toMatchObject({ status: "aborted", lost: true, reason: "the engine left" });
    expect(engines[0].terminated).toBe(true);
    const two = training(`${SOURCE}\n`);
    await settle();
    for (let i = 0; i < 62; i++) {
      trainer().say({ type: "beat" });
      trainer().say({
        type: "steps",
        step: i,
        seconds: i / 2,
        tokens: i,
        points: new Float64Array(),
        logs: {},
      });
      await clock.pass(500);
    }
    expect(await two).toMatchObject({ status: "aborted", lost: true, cause: "device" });
    expect(engines[1].terminated).toBe(true);
  });

  it("is a crash at its first loss, when the journal knows of one before a reload", async () => {
    const { runner, trainer } = severalRuns();
    const result = runner.run(request(SOURCE, { losses: 1 }), () => undefined, new AbortController().signal);
    await settle();
    await settle();
    trainer().say({ type: "hello" });
    trainer().say({ type: "failed", device: true, message: "the GPU was lost", line: 0 });
    expect(await result).toMatchObject({ status: "crash", reason: "train.ts: twice, the GPU was lost" });
  });

  it("keeps the engine when it ends in the middle of a question, and the next run does not wait for that", async () => {
    let probes = 0;
    const well = { line: 0, probes: [{ name: "rows", passed: true, detail: "all" }] };
    const engine = new FakeEngine({
      probe: ({ id }) => (probes++ < 2 ? undefined : { type: "probed", id, ...well }),
    });
    const { runner, trainer } = severalRuns(() => engine);
    const run = (signal = new AbortController().signal) =>
      runner.run(request(SOURCE), () => undefined, signal);
    const failing = run();
    await settle();
    await rehearse({ trainer: trainer() });
    const { id } = engine.heard.find(({ type }) => type === "probe") ?? { id: 0 };
    trainer().say({ type: "failed", device: false, message: "no", line: 3 });
    expect(await failing).toMatchObject({ status: "crash" });
    const stop = new AbortController();
    const stopped = run(stop.signal);
    await settle();
    await rehearse({ trainer: trainer() });
    stop.abort();
    expect(await stopped).toMatchObject({ status: "aborted", cause: "stopped" });
    const again = new AbortController();
    const third = run(again.signal);
    await settle();
    engine.say({ type: "probed", id, line: 0, probes: [{ name: "rows", passed: false, detail: "late" }] });
    await begin({ trainer: trainer() });
    again.abort();
    await third;
    expect(engine.terminated).toBe(false);
    expect(engine.heard.filter(({ type }) => type === "text")).toHaveLength(1);
  });

  it("opens a fresh engine after one was lost, and sends it the text again", async () => {
    const engines = [new FakeEngine({ probe: () => undefined }), new FakeEngine()];
    let opened = 0;
    const { runner, clock, trainer } = severalRuns(() => engines[opened++]);
    const one = runner.run(request(SOURCE), () => undefined, new AbortController().signal);
    await settle();
    await rehearse({ trainer: trainer() });
    for (let i = 0; i < 130; i++) {
      trainer().say({ type: "beat" });
      trainer().say({ type: "compiling", done: 1, total: 1 });
      await clock.pass(500);
    }
    expect(await one).toMatchObject({ status: "aborted", cause: "device" });
    expect(engines[0].terminated).toBe(true);
    const two = new AbortController();
    const again = runner.run(request(SOURCE), () => undefined, two.signal);
    await settle();
    expect(engines[1].heard[0].type).toBe("text");
    two.abort();
    await again;
  });
});
