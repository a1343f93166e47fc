// The host against every way a trainer can fail, with a clock of the test's own.
import { describe, expect, it } from "vitest";
import { createRunner } from "./runner.ts";
import { FakeClock, FakeScorer, FakeTrainer, forward, request, settle, steps } from "./testing/fakes.ts";
import type { RunEvent, RunResult, Score } from "./types.ts";

const SOURCE = [
  'import { training } from "prepare";',
  "class GPT {",
  "  forward(tokens) { return tokens; }",
  "}",
  "for await (const step of training(new GPT())) {",
  "  step.log({ loss: 1 });",
  "}",
].join("\n");

interface Lab {
  readonly clock: FakeClock;
  readonly trainer: FakeTrainer;
  readonly scorer: FakeScorer;
  readonly events: RunEvent[];
  readonly result: Promise<RunResult>;
  readonly stop: AbortController;
}

function lab(source = SOURCE, scorer = new FakeScorer(), budgetTokens = 0): Lab {
  const clock = new FakeClock();
  const trainer = new FakeTrainer();
  const runner = createRunner({ openTrainer: trainer.open, openScorer: () => scorer.asWorker(), clock });
  const events: RunEvent[] = [];
  const stop = new AbortController();
  // Asked when the validation score is known, so that the lab can ask for the test score of what it keeps alone.
  const wantTest = ({ valBpb, chunks, chunkBytes }: Pick<Score, "valBpb" | "chunks" | "chunkBytes">) =>
    valBpb > 0 && chunks.length === chunkBytes.length;
  const asked = request(source, { wantTest });
  const arena = { ...asked.arena, budgetTokens };
  const result = runner.run({ ...asked, arena }, (event) => events.push(event), stop.signal);
  return { clock, trainer, scorer, events, result, stop };
}

/** Says `beat` while time passes, as a healthy trainer does. */
async function healthy({ clock, trainer }: Lab, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    trainer.say({ type: "beat" });
    await clock.pass(Math.min(500, ms - passed));
  }
}

async function rehearse({ trainer }: Lab): Promise<void> {
  await settle();
  trainer.say({ type: "hello", device: "fake gpu" });
  trainer.say({ type: "compiling", done: 1, total: 2 });
  trainer.say({ type: "forecast", stepMs: 100, peakBytes: 1e6, parameters: 4, tokensPerStep: 64 });
  trainer.say({ type: "rehearsed", forward: forward() });
  await settle();
}

async function begin(at: Lab): Promise<void> {
  await rehearse(at);
  at.trainer.say({ type: "ready" });
  await settle();
  await settle();
  expect(at.trainer.heard.at(-1)?.type).toBe("begin");
}

const handover = { type: "handover", forward: forward(), steps: 100, tokens: 6400, seconds: 20 } as const;

describe("a run", () => {
  it("ends with a score", async () => {
    const at = lab();
    await begin(at);
    at.trainer.say(steps(1, 0.1, [0.1, 5]));
    await healthy(at, 10_000);
    at.trainer.say(steps(2, 10, [10, 4]));
    await healthy(at, 10_500);
    at.trainer.say(handover);
    const result = await at.result;
    expect(result).toMatchObject({
      status: "scored",
      steps: 100,
      tokens: 6400,
      seconds: 20,
      tokensPerSecond: 320,
      device: "fake gpu",
      sample: "Hi",
      curve: [
        [0.1, 5],
        [10, 4],
      ],
    });
    if (result.status !== "scored") return;
    expect(result.valBpb).toBeCloseTo(7 / Math.LN2 / 8, 12);
    expect(result.testBpb).toBeCloseTo(7 / Math.LN2 / 8, 12);
    expect(result.chunks).toHaveLength(10);
    expect(result.chunkBytes).toHaveLength(10);
    expect(at.trainer.closed).toBe(true);
    const stages = at.events.flatMap((event) => (event.type === "stage" ? [event.stage] : []));
    expect([...new Set(stages)]).toEqual([
      "loading",
      "compiling",
      "rehearsing",
      "training",
      "handover",
      "probing",
      "scoring",
      "sampling",
    ]);
  });

  it("hands over real tokens only when the trainer is ready, and no held-out one ever", async () => {
    const at = lab();
    await rehearse(at);
    expect(at.trainer.heard.map((command) => command.type)).toEqual(["init"]);
    at.trainer.say({ type: "ready" });
    await settle();
    await settle();
    const told = at.trainer.heard.at(-1);
    expect(told?.type === "begin" && told.tokens.length).toBe(1000);
    at.stop.abort();
    expect((await at.result).status).toBe("aborted");
  });

  it("keeps the kernels a trainer measured, and believes no name that is not ours", async () => {
    const tuning = { generation: 1, adapter: "fake", choices: { "matmul nn 8x8x8": "tile 64x64" } };
    const ends = async (told: string) => {
      const at = lab();
      await settle();
      at.trainer.say({ type: "hello", device: "" });
      at.trainer.say({ type: "tuned", tuning: told });
      at.trainer.say({ type: "failed", device: false, message: "enough", line: 1 });
      return await at.result;
    };
    expect(await ends(JSON.stringify(tuning))).toMatchObject({ status: "crash", tuning });
    for (const forged of [
      "{",
      "[]",
      JSON.stringify({ ...tuning, choices: { "matmul nn 8x8x8": "my own" } }),
      JSON.stringify({ ...tuning, code: "1" }),
    ]) {
      const result = await ends(forged);
      expect(result).toMatchObject({
        status: "invalid",
        reason: expect.stringMatching(/protocol/) as string,
      });
      expect(result.tuning).toBeUndefined();
    }
  });

  it("hands over no more text than a budget in tokens, and does not ask how fast the machine is", async () => {
    const at = lab(SOURCE, new FakeScorer(), 100);
    await begin(at);
    const begun = at.trainer.heard.at(-1);
    expect(begun?.type === "begin" && begun.tokens).toHaveLength(12 * (8 + 1));
    at.trainer.say({ ...handover, tokens: 96, seconds: 1 });
    expect(await at.result).toMatchObject({ status: "scored", tokens: 96 });
    expect(at.scorer.heard.map(({ type }) => type)).not.toContain("pace");
    expect(at.events.filter(({ type }) => type === "warning")).toEqual([]);
  });

  it("is invalid beyond a budget in tokens, and says when the clock ended the run before it", async () => {
    const beyond = lab(SOURCE, new FakeScorer(), 100);
    await begin(beyond);
    beyond.trainer.say({ ...handover, tokens: 104 });
    expect(await beyond.result).toMatchObject({
      status: "invalid",
      reason: expect.stringMatching(/trained on 104 of 100 tokens/) as string,
    });
    const slow = lab(SOURCE, new FakeScorer(), 100);
    await begin(slow);
    await healthy(slow, 20_000);
    slow.trainer.say({ ...handover, tokens: 40 });
    expect(await slow.result).toMatchObject({ status: "scored" });
    const warnings = slow.events.filter(({ type }) => type === "warning");
    expect(warnings).toMatchObject([{ message: "the clock ended the run at 20 s, after 40 of 100 tokens" }]);
  });

  it("never starts what does not parse", async () => {
    const at = lab("const a = 1;\nconst b = (;\n");
    expect(await at.result).toMatchObject({ status: "crash", line: 2 });
    expect(at.trainer.heard).toEqual([]);
  });

  it("is a crash when train.ts throws, with the line", async () => {
    const at = lab();
    await settle();
    at.trainer.say({ type: "hello", device: "" });
    at.trainer.say({ type: "failed", device: false, message: "x is not\ndefined\u202e", line: 5 });
    expect(await at.result).toMatchObject({
      status: "crash",
      reason: "train.ts:5: x is not defined",
      line: 5,
    });
    expect(at.trainer.closed).toBe(true);
  });

  it("is a crash when the trainer falls silent, within fifteen seconds", async () => {
    const at = lab();
    await begin(at);
    await healthy(at, 3000);
    at.trainer.say({ type: "busy", line: 6 });
    await at.clock.pass(11_000);
    const result = await at.result;
    expect(result).toMatchObject({ status: "crash", line: 6 });
    expect(result.status === "crash" && result.reason).toMatch(/^train\.ts:6: did not yield for 1\d s/);
  });

  it("does not take its own absence for the trainer's silence", async () => {
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

  it("is a crash when nothing moves although the trainer beats", async () => {
    const at = lab();
    await rehearse(at);
    await healthy(at, 62_000);
    expect(await at.result).toMatchObject({ status: "crash" });
  });

  it("is a crash when the loss is not finite", async () => {
    for (const bad of [NaN, Infinity]) {
      const at = lab();
      await begin(at);
      at.trainer.say(steps(7, 1, [0.5, 5, 1, bad]));
      const result = await at.result;
      expect(result).toMatchObject({
        status: "crash",
        reason: `train.ts:6: the loss is ${bad} after 7 steps`,
        line: 6,
      });
    }
  });

  it("ends at the deadline what does not hand over", async () => {
    const at = lab();
    await begin(at);
    for (let i = 1; i <= 40; i++) {
      at.trainer.say(steps(i, i, [i, 3]));
      await healthy(at, 1000);
      if (at.trainer.closed) break;
    }
    const result = await at.result;
    expect(result).toMatchObject({ status: "crash", line: 5 });
    expect(result.steps).toBeLessThan(35); // 20 s of budget and at most 14 of grace
  });

  it("takes the first handover and no other", async () => {
    const seen: number[] = [];
    const scorer = new FakeScorer({
      load: (command) => {
        if (command.type === "load") seen.push(command.forward.weights[0]);
        return { type: "done", id: command.id };
      },
    });
    const at = lab(SOURCE, scorer);
    await begin(at);
    await healthy(at, 5000);
    const weights = (value: number) => ({ ...forward(), weights: new Float32Array(4).fill(value) });
    at.trainer.say({ ...handover, forward: weights(1) });
    at.trainer.say({ ...handover, forward: weights(2) });
    expect((await at.result).status).toBe("scored");
    expect(seen).toEqual([0, 1]);
  });

  it("refuses a handover before the clock, unknown messages and floods", async () => {
    const early = lab();
    await rehearse(early);
    early.trainer.say(handover);
    expect(await early.result).toMatchObject({ status: "invalid" });

    for (const forged of [
      { type: "score", valBpb: 0 },
      { type: "beat", more: 1 },
      null,
      "beat",
      [1],
      { type: "steps", step: -1, seconds: 0, tokens: 0, points: new Float64Array(0), logs: {} },
      { type: "failed", device: false, message: "x".repeat(1e5), line: 1 },
      { type: "rehearsed", forward: { ...forward(), weights: [1, 2] } },
    ]) {
      const at = lab();
      await begin(at);
      at.trainer.forge(forged);
      const result = await at.result;
      expect(result.status, JSON.stringify(forged)).toBe("invalid");
    }

    const flooded = lab();
    await begin(flooded);
    for (let i = 0; i < 2000; i++) flooded.trainer.say({ type: "beat" });
    expect(await flooded.result).toMatchObject({
      status: "invalid",
      reason: "train.ts: flooded the lab with messages",
    });
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

  it("judges what comes within the grace, and is invalid when weights come later", async () => {
    // 2.5 s, two steps of 100 ms forecast, and the bytes: 2.7 s.
    for (const [late, status] of [
      [1000, "scored"],
      [3250, "invalid"],
      [8000, "invalid"],
    ] as const) {
      const at = lab();
      await begin(at);
      await healthy(at, 20_000 + late);
      at.trainer.say(handover);
      const result = await at.result;
      expect(result.status, `${late} ms late`).toBe(status);
      if (result.status !== "invalid") continue;
      expect(result.reason).toMatch(
        /^train\.ts:5: handed over its weights \d\.\d s after the deadline, expected at most 2\.7 s/,
      );
      expect(at.scorer.heard.filter(({ type }) => type === "score")).toEqual([]);
    }
  });

  it("does not believe a forecast of endless steps", async () => {
    const at = lab();
    await settle();
    at.trainer.say({ type: "hello", device: "" });
    at.trainer.say({ type: "forecast", stepMs: 1e8, peakBytes: 1, parameters: 1e9, tokensPerStep: 1 });
    at.trainer.say({ type: "rehearsed", forward: forward() });
    await settle();
    at.trainer.say({ type: "ready" });
    await settle();
    await healthy(at, 24_000);
    at.trainer.say(handover);
    expect(await at.result).toMatchObject({ status: "invalid" });
  });

  it("is void when the machine was disturbed, repeated twice, and then judged with a warning", async () => {
    let asked = 0;
    // 2 ms of work before each run, 30 ms after it.
    const scorer = new FakeScorer({
      pace: ({ id }) => ({ type: "paced", id, ms: asked++ % 2 === 0 ? 2 : 30 }),
    });
    const clock = new FakeClock();
    let trainer = new FakeTrainer();
    const runner = createRunner({
      openTrainer: () => (trainer = new FakeTrainer()).open(),
      openScorer: () => scorer.asWorker(),
      clock,
    });
    const once = async () => {
      const events: RunEvent[] = [];
      const result = runner.run(request(SOURCE), (event) => events.push(event), new AbortController().signal);
      await settle();
      const at = { clock, trainer } as Lab;
      await begin(at);
      await healthy(at, 20_000);
      trainer.say(handover);
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
    const clock = new FakeClock();
    let trainer = new FakeTrainer();
    const runner = createRunner({
      openTrainer: () => (trainer = new FakeTrainer()).open(),
      openScorer: () => new FakeScorer().asWorker(),
      clock,
    });
    const once = async () => {
      const result = runner.run(request(SOURCE), () => undefined, new AbortController().signal);
      await settle();
      await settle();
      trainer.say({ type: "hello", device: "" });
      trainer.say({ type: "failed", device: true, message: "the GPU was lost", line: 0 });
      return result;
    };
    expect(await once()).toMatchObject({ status: "aborted", retry: true, cause: "device" });
    expect(await once()).toMatchObject({ status: "crash", reason: "train.ts: twice, the GPU was lost" });
  });

  it("blames no train.ts for a device that was never there", async () => {
    let trainer = new FakeTrainer();
    const runner = createRunner({
      openTrainer: () => (trainer = new FakeTrainer()).open(),
      openScorer: () => new FakeScorer().asWorker(),
      clock: new FakeClock(),
    });
    const failing = async (met: boolean) => {
      const result = runner.run(request(SOURCE), () => undefined, new AbortController().signal);
      await settle();
      await settle();
      if (met) trainer.say({ type: "hello", device: "" });
      trainer.say({ type: "failed", device: true, message: "WebGPU found no adapter", line: 0 });
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

  it("is a crash at its first loss, when the journal knows of one before a reload", async () => {
    let trainer = new FakeTrainer();
    const runner = createRunner({
      openTrainer: () => (trainer = new FakeTrainer()).open(),
      openScorer: () => new FakeScorer().asWorker(),
      clock: new FakeClock(),
    });
    const result = runner.run(request(SOURCE, { losses: 1 }), () => undefined, new AbortController().signal);
    await settle();
    await settle();
    trainer.say({ type: "hello", device: "" });
    trainer.say({ type: "failed", device: true, message: "the GPU was lost", line: 0 });
    expect(await result).toMatchObject({ status: "crash", reason: "train.ts: twice, the GPU was lost" });
  });

  it("is invalid when a probe fails, before the budget is spent", async () => {
    const scorer = new FakeScorer({
      probe: ({ id }) => ({
        type: "probed",
        id,
        node: -1,
        probes: [
          { name: "finite", passed: true, detail: "" },
          { name: "causality", passed: false, detail: "the logits at 7 move with the token at 8" },
        ],
      }),
    });
    const at = lab(SOURCE, scorer);
    await rehearse(at);
    const result = await at.result;
    expect(result).toMatchObject({
      status: "invalid",
      reason: "train.ts:3: causality: the logits at 7 move with the token at 8",
      line: 3,
    });
    expect(result.probes).toHaveLength(2);
    expect(at.trainer.heard.some((command) => command.type === "begin")).toBe(false);
  });

  it("names the line of the operation behind a failed probe, when the trainer said it", async () => {
    for (const [node, line] of [
      [2, 4],
      [1, 3], // a node of no line: that of forward
      [7, 3],
    ]) {
      const failed = { name: "causality", passed: false, detail: "it reads ahead" };
      const scorer = new FakeScorer({ probe: ({ id }) => ({ type: "probed", id, node, probes: [failed] }) });
      const at = lab(SOURCE, scorer);
      await settle();
      at.trainer.say({ type: "hello", device: "" });
      at.trainer.say({ type: "lines", lines: Uint32Array.of(1, 0, 4) });
      at.trainer.say({ type: "rehearsed", forward: forward() });
      expect(await at.result).toMatchObject({ status: "invalid", line });
    }
  });

  it("opens a fresh scorer after one was lost, and tells it the text again", async () => {
    const scorers = [new FakeScorer({ probe: () => undefined }), new FakeScorer()];
    const clock = new FakeClock();
    let opened = 0;
    let trainer = new FakeTrainer();
    const runner = createRunner({
      openTrainer: () => (trainer = new FakeTrainer()).open(),
      openScorer: () => scorers[opened++].asWorker(),
      clock,
    });
    const one = runner.run(request(SOURCE), () => undefined, new AbortController().signal);
    await settle();
    await rehearse({ trainer } as Lab);
    for (let i = 0; i < 130; i++) {
      trainer.say({ type: "beat" });
      trainer.say({ type: "compiling", done: 1, total: 1 });
      await clock.pass(500);
    }
    expect(await one).toMatchObject({ status: "aborted", cause: "device" });
    expect(scorers[0].terminated).toBe(true);
    const two = new AbortController();
    const again = runner.run(request(SOURCE), () => undefined, two.signal);
    await settle();
    expect(scorers[1].heard[0].type).toBe("text");
    two.abort();
    await again;
  });

  it("stops at once when asked to", async () => {
    const at = lab();
    await begin(at);
    at.stop.abort();
    expect(await at.result).toMatchObject({ status: "aborted", retry: false, cause: "stopped" });
    expect(at.trainer.closed).toBe(true);
  });
});
