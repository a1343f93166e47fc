// A rehearsal serves every later run under the same conditions, and the lab's own train.ts needs less of it.
import { describe, expect, it } from "vitest";
import type { RunRequest, RunEvent } from "./contract/types.ts";
import { FakeReader, FakeEngine, FakeTrainer, passes, request, settle, steps } from "./testing/fakes.ts";
import { handover, runnerWith, SOURCE } from "./testing/lab.ts";

const signal = new AbortController().signal;

type Answers = ConstructorParameters<typeof FakeEngine>[0];

function lab(answers?: Answers) {
  const [engine, reader] = [new FakeEngine(answers), new FakeReader()];
  const { runner, trainers } = runnerWith(engine, reader);
  const asked = (type: string) => engine.heard.filter((command) => command.type === type);
  return { runner, trainers, engine, reader, asked };
}

function rehearse(trainer: FakeTrainer): void {
  trainer.say({ type: "hello" });
  trainer.say({ type: "forecast", stepMs: 100, peakBytes: 1e6, parameters: 4, tokensPerStep: 64 });
  trainer.say({ type: "silent", words: "train.ts:3: dropout is on" });
  trainer.say({ type: "lines", lines: Uint32Array.of(3), singleLines: Uint32Array.of(3) });
  trainer.say({ type: "rehearsed", passes: passes() });
  trainer.say({ type: "ready" });
}

/** Trains with a sandbox that makes no rehearsal. */
async function train({ trainers }: ReturnType<typeof lab>, number: number): Promise<void> {
  await settle();
  await settle();
  const trainer = trainers[number];
  trainer.say({ type: "hello" });
  trainer.say({ type: "ready" });
  await settle();
  await settle();
  expect(trainer.heard.at(-1)).toEqual({ type: "begin" });
  trainer.say(steps(1, 0.1, [0.1, 5]));
  trainer.say(handover);
}

/** Rehearses `SOURCE`, and then runs it under other conditions. */
async function rehearsedThenRun(changed: Partial<RunRequest> = {}, answers?: Answers) {
  const at = lab(answers);
  const first = at.runner.rehearse(request(SOURCE), signal);
  await settle();
  rehearse(at.trainers[0]);
  expect(await first).toMatchObject({ status: "passed", stepMs: 100 });
  const events: RunEvent[] = [];
  const result = at.runner.run(request(SOURCE, changed), (event) => events.push(event), signal);
  return { ...at, events, result };
}

describe("a run of a train.ts that passed its rehearsal before", () => {
  it("waits for the clock at once, with the figures and lines that the rehearsal found", async () => {
    const at = await rehearsedThenRun();
    await train(at, 1);
    expect(await at.result).toMatchObject({ status: "scored", parameters: 4, peakBytes: 1e6 });
    expect(at.asked("open")).toMatchObject([{ rehearsed: false }, { rehearsed: true, tuneMs: 0 }]);
    expect(at.trainers[1].heard[0]).toMatchObject({ type: "init", rehearsedMs: 100 });
    expect(at.asked("probe")).toMatchObject([{ rehearsal: true }, { rehearsal: false }]);
    expect(at.asked("load").at(-1)).toMatchObject({ lines: Uint32Array.of(3) });
    expect(at.events).toContainEqual({ type: "warning", message: "train.ts:3: dropout is on" });
    expect(at.events.find(({ type }) => type === "forecast")).toMatchObject({ tokensPerSecond: 640 });
    expect(at.reader.heard.filter(({ type }) => type === "compare")).toHaveLength(2);
  });

  it("has the digest of the rehearsal under the same seed alone", async () => {
    for (const [seed, digest] of [
      [1, "aa"],
      [2, undefined],
    ] as const) {
      const rehearsal = { type: "rehearsal", digest: "aa", tuning: null, known: null };
      const at = await rehearsedThenRun({ seed }, { digest: ({ id }) => ({ ...rehearsal, id }) });
      await train(at, 1);
      const result = await at.result;
      expect(result.status).toBe("scored");
      expect(result.digest).toBe(digest);
    }
  });

  it("is rehearsed again under another budget, with another context, or with another text of train.ts", async () => {
    const { arena } = request(SOURCE);
    for (const changed of [
      { arena: { ...arena, budgetSeconds: 30 } },
      { arena: { ...arena, seqLen: 4 } },
      { source: `${SOURCE}\n` },
    ]) {
      const at = await rehearsedThenRun(changed);
      await settle();
      await settle();
      expect(at.trainers[1].heard[0]).toMatchObject({ type: "init", rehearsedMs: 0 });
      at.runner.close();
      expect(await at.result).toMatchObject({ status: "aborted" });
    }
  });

  it("takes no forward pass of a rehearsal that it does not make, and none may be large", async () => {
    const at = await rehearsedThenRun();
    await settle();
    await settle();
    at.trainers[1].say({ type: "hello" });
    at.trainers[1].say({ type: "rehearsed", passes: passes() });
    await settle();
    expect(at.trainers[1].heard.map(({ type }) => type)).toEqual(["init"]);
    at.trainers[1].say({ type: "rehearsed", passes: { ...passes(), graph: "x".repeat(5_000_000) } });
    expect(await at.result).toMatchObject({
      status: "invalid",
      reason: "train.ts: flooded the lab with messages",
    });
  });

  it("ends a sandbox that says it is ready out of turn where nothing was rehearsed", async () => {
    const { runner, trainers } = lab();
    const result = runner.run(request(SOURCE), () => undefined, signal);
    await settle();
    await settle();
    trainers[0].say({ type: "hello" });
    trainers[0].say({ type: "ready" });
    expect(await result).toMatchObject({
      status: "invalid",
      reason: expect.stringMatching(/out of turn/) as string,
    });
  });
});

describe("the lab's own train.ts", () => {
  it("is neither compared nor probed before its clock starts; its score is probed, and the index is begun", async () => {
    const at = lab();
    const result = at.runner.run(request(SOURCE, { own: true }), () => undefined, signal);
    await settle();
    await settle();
    rehearse(at.trainers[0]);
    await settle();
    await settle();
    expect(at.trainers[0].heard.at(-1)).toEqual({ type: "begin" });
    expect(at.asked("probe")).toEqual([]);
    expect(at.reader.heard).toEqual([]);
    at.trainers[0].say(handover);
    expect(await result).toMatchObject({ status: "scored" });
    expect(at.asked("probe")).toMatchObject([{ rehearsal: false }]);
    expect(at.reader.heard.map(({ type }) => type)).toEqual(["texts"]);
  });

  it("is probed in a rehearsal alone, so that its kernels are compiled, and then serves the run", async () => {
    const at = lab();
    const first = at.runner.rehearse(request(SOURCE, { own: true }), signal);
    await settle();
    rehearse(at.trainers[0]);
    expect(await first).toMatchObject({ status: "passed" });
    expect(at.asked("probe")).toMatchObject([{ rehearsal: true }]);
    const result = at.runner.run(request(SOURCE, { own: true }), () => undefined, signal);
    await train(at, 1);
    expect(await result).toMatchObject({ status: "scored" });
  });
});
