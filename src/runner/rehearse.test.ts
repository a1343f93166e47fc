// A rehearsal alone, and the priority of a run over a rehearsal.
import { describe, expect, it } from "vitest";
import { FakeEngine, type FakeTrainer, passes, request, settle } from "./testing/fakes.ts";
import { runnerWith } from "./testing/lab.ts";

const SOURCE = [
  'import { training } from "prepare";',
  "class GPT {",
  "  forward(tokens) { return tokens; }",
  "}",
  "for await (const step of training(new GPT())) step.log({ loss: 1 });",
].join("\n");

function lab(engine = new FakeEngine()) {
  const signal = new AbortController().signal;
  return { ...runnerWith(engine), signal };
}

async function until<T>(value: () => T | undefined): Promise<T> {
  for (let i = 0; i < 50; i++) {
    const now = value();
    if (now !== undefined) return now;
    await settle();
  }
  throw new Error("it never came");
}

function rehearsed(trainer: FakeTrainer): void {
  trainer.say({ type: "hello" });
  trainer.say({ type: "forecast", stepMs: 100, peakBytes: 1e6, parameters: 4, tokensPerStep: 64 });
  trainer.say({ type: "rehearsed", passes: passes() });
  trainer.say({ type: "ready" });
}

describe("a rehearsal alone", () => {
  it("returns the forecast, sends the sandbox no token and closes it", async () => {
    const { runner, trainers, signal } = lab();
    const rehearsal = runner.rehearse(request(SOURCE), signal);
    const trainer = await until(() => trainers[0]);
    rehearsed(trainer);
    expect(await rehearsal).toEqual({
      status: "passed",
      stepMs: 100,
      tokensPerSecond: 640,
      peakBytes: 1e6,
      parameters: 4,
      silent: "",
    });
    expect(trainer.heard.map(({ type }) => type)).toEqual(["init"]);
    expect(trainer.closed).toBe(true);
  });

  it("reports a silent fault", async () => {
    const { runner, trainers, signal } = lab();
    const rehearsal = runner.rehearse(request(SOURCE), signal);
    const trainer = await until(() => trainers[0]);
    trainer.say({ type: "silent", words: "train.ts:3: dropout\nis on" });
    rehearsed(trainer);
    expect(await rehearsal).toMatchObject({ status: "passed", silent: "train.ts:3: dropout is on" });
  });

  it("fails with the line of train.ts, or with the probe it does not pass", async () => {
    const { runner, trainers, signal } = lab();
    const one = runner.rehearse(request(SOURCE), signal);
    const trainer = await until(() => trainers[0]);
    trainer.say({ type: "hello" });
    trainer.say({ type: "failed", device: false, message: "matmul: [4, 8] x [4, 8]", line: 3 });
    expect(await one).toEqual({ status: "failed", reason: "train.ts:3: matmul: [4, 8] x [4, 8]" });
    const leak = { name: "causality", passed: false, detail: "it reads ahead" };
    const engine = new FakeEngine({ probe: ({ id }) => ({ type: "probed", id, line: 0, probes: [leak] }) });
    const other = lab(engine);
    const two = other.runner.rehearse(request(SOURCE), other.signal);
    rehearsed(await until(() => other.trainers[0]));
    expect(await two).toEqual({ status: "failed", reason: "train.ts:3: causality: it reads ahead" });
  });

  it("does not start during a run, and ends when a run starts", async () => {
    const { runner, trainers, signal } = lab();
    const rehearsal = runner.rehearse(request(SOURCE), signal);
    const first = await until(() => trainers[0]);
    const stop = new AbortController();
    const run = runner.run(request(SOURCE), () => undefined, stop.signal);
    expect(await rehearsal).toMatchObject({ status: "none" });
    expect(first.closed).toBe(true);
    await until(() => trainers[1]);
    expect(await runner.rehearse(request(SOURCE), signal)).toEqual({
      status: "none",
      reason: "the device is in use",
    });
    expect(trainers.length).toBe(2);
    stop.abort();
    expect(await run).toMatchObject({ status: "aborted", cause: "stopped" });
  });
});

describe("a run that fails before its clock", () => {
  it("says so, and one that fails after it does not", async () => {
    const { runner, trainers, signal } = lab();
    const early = runner.run(request(SOURCE), () => undefined, signal);
    const one = await until(() => trainers[0]);
    one.say({ type: "hello" });
    one.say({ type: "failed", device: false, message: "no", line: 3 });
    expect(await early).toMatchObject({ status: "crash", rehearsal: true });
    const late = runner.run(request(SOURCE), () => undefined, signal);
    const two = await until(() => trainers[1]);
    rehearsed(two);
    await until(() => two.heard.find(({ type }) => type === "begin"));
    two.say({ type: "failed", device: false, message: "no", line: 3 });
    const result = await late;
    expect(result).toMatchObject({ status: "crash" });
    expect(result).not.toHaveProperty("rehearsal");
  });
});
