// Held-out text: a train.ts that carries it is refused, and the control text is scored beside validation and test.
import { describe, expect, it } from "vitest";
import { createRunner } from "./runner.ts";
import { FakeClock, FakeReader, FakeEngine, FakeTrainer, passes, request, settle } from "./testing/fakes.ts";
import { handover, healthy, SOURCE } from "./testing/lab.ts";

const signal = new AbortController().signal;

function lab(openReader: () => FakeReader, controlTokens?: number) {
  const trainer = new FakeTrainer();
  const engine = new FakeEngine();
  const clock = new FakeClock();
  const runner = createRunner({
    openTrainer: trainer.open,
    openEngine: () => engine.asWorker(),
    clock,
    openReader: () => openReader().asWorker(),
  });
  const asked = request(SOURCE, { wantTest: true });
  const arena = controlTokens === undefined ? asked.arena : { ...asked.arena, controlTokens };
  return { trainer, engine, clock, run: () => runner.run({ ...asked, arena }, () => undefined, signal) };
}

async function ready(trainer: FakeTrainer): Promise<void> {
  await settle();
  trainer.say({ type: "hello" });
  trainer.say({ type: "forecast", stepMs: 100, peakBytes: 1e6, parameters: 4, tokensPerStep: 64 });
  trainer.say({ type: "rehearsed", passes: passes() });
  await settle();
  trainer.say({ type: "ready" });
  await settle();
  await settle();
}

describe("a train.ts that carries held-out text", () => {
  it("is invalid before the clock starts, with its line and no word of the text", async () => {
    const reader = new FakeReader({ line: 3, split: "hidden test", bytes: 10_240, scraps: false });
    const { trainer, run } = lab(() => reader);
    const result = run();
    await ready(trainer);
    expect(await result).toMatchObject({
      status: "invalid",
      line: 3,
      rehearsal: true,
      reason:
        "train.ts:3: carries 10,240 bytes of the hidden test text that the training text does not have: a train.ts may not contain text that it is scored on",
    });
    expect(trainer.heard.map(({ type }) => type)).toEqual(["init"]);
    expect(reader.heard.map(({ type }) => type)).toEqual(["texts", "compare"]);
  });

  it("is not scored when the reader fails: the run fails as the lab's error, and the next run opens another reader", async () => {
    let opened = 0;
    const { trainer, run } = lab(() => {
      const reader = new FakeReader();
      if (opened++ === 0)
        reader.postMessage = () =>
          queueMicrotask(() => reader.onmessage?.({ data: { type: "failed", reason: "no memory" } }));
      return reader;
    });
    const first = run();
    const ends = expect(first).rejects.toThrow("train.ts was not compared with the held-out text: no memory");
    await ready(trainer);
    await ends;
    void run().catch(() => undefined);
    await settle();
    expect(opened).toBe(2);
  });
});

describe("the control text", () => {
  it("is the end of the test split, and scored with it", async () => {
    const reader = new FakeReader();
    const { trainer, engine, clock, run } = lab(() => reader, 88);
    const result = run();
    await ready(trainer);
    await healthy({ clock, trainer }, 20_000);
    trainer.say(handover);
    const text = engine.heard.find((command) => command.type === "text");
    expect(text).toMatchObject({ test: { length: 112 }, control: { length: 88 } });
    expect(text?.controlStarts).toHaveLength(10);
    const scored = await result;
    expect(engine.heard.flatMap((command) => (command.type === "score" ? [command.split] : []))).toEqual([
      "validation",
      "test",
      "control",
    ]);
    expect(scored).toMatchObject({ status: "scored", control: { chunks: expect.any(Array) as [] } });
    expect(scored.status === "scored" && scored.control?.bpb).toBeCloseTo(7 / 8 / Math.LN2, 12);
    expect(scored.status === "scored" && scored.control?.chunkBytes).toEqual(new Array(10).fill(8));
    const [texts] = reader.heard;
    expect(texts?.type === "texts" && texts.heldOut.map(({ length }) => length)).toEqual([200, 112, 88]);
  });

  it("is none in a study that began before there was one", async () => {
    const { trainer, engine, clock, run } = lab(() => new FakeReader());
    const result = run();
    await ready(trainer);
    await healthy({ clock, trainer }, 20_000);
    trainer.say(handover);
    expect(await result).not.toHaveProperty("control");
    expect(engine.heard.find((command) => command.type === "text")).toMatchObject({
      test: { length: 200 },
      control: { length: 0 },
    });
    expect(engine.heard.flatMap((command) => (command.type === "score" ? [command.split] : []))).toEqual([
      "validation",
      "test",
    ]);
  });
});
