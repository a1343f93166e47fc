// The host against every way a trainer can fail, with a clock of the test's own.
import { describe, expect, it } from "vitest";
import { FakeEngine, passes, settle, steps, trained } from "./testing/fakes.ts";
import { begin, handover, healthy, lab, rehearse, SOURCE } from "./testing/lab.ts";

describe("a run", () => {
  it("ends with a score", async () => {
    const at = lab();
    await begin(at);
    at.trainer.say(steps(1, 0.1, [0.1, 5]));
    await healthy(at, 10_000);
    at.trainer.say(steps(2, 10, [10, 4]));
    await healthy(at, 10_500);
    at.engine.say({ type: "spent" });
    at.trainer.say(handover);
    const result = await at.result;
    expect(result).toMatchObject({
      status: "scored",
      steps: 100,
      tokens: 6400,
      seconds: 20,
      tokensPerSecond: 320,
      overheadSeconds: 0.5,
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

  it("hands over the weights of a model that was scored, and of no other", async () => {
    const weights = Float32Array.of(1, 2, 3, 4);
    const take = (): FakeEngine =>
      new FakeEngine({ take: ({ id }) => ({ type: "taken", id, weights: weights.slice(), ...trained }) });
    const at = lab(SOURCE, take());
    await begin(at);
    at.trainer.say(handover);
    const { valBpb } = (await at.result) as { valBpb: number };
    expect(at.events.filter(({ type }) => type === "model")).toEqual([
      { type: "model", graph: passes().single, weights, valBpb, steps: trained.steps },
    ]);
    const late = lab(
      SOURCE,
      new FakeEngine({ take: ({ id }) => ({ type: "taken", id, weights, ...trained, lateMs: 1e6 }) }),
    );
    await begin(late);
    late.trainer.say(handover);
    expect((await late.result).status).toBe("invalid");
    expect(late.events.filter(({ type }) => type === "model")).toEqual([]);
  });

  it("gives the sandbox no token, and starts the clock only when it is ready", async () => {
    const at = lab();
    await rehearse(at);
    expect(at.trainer.heard.map((command) => command.type)).toEqual(["init", "again"]);
    at.trainer.say({ type: "ready" });
    await settle();
    await settle();
    expect(at.trainer.heard.at(-1)).toEqual({ type: "begin" });
    const text = at.engine.heard.find(({ type }) => type === "text");
    expect(text?.type === "text" && text.train).toHaveLength(1000);
    at.stop.abort();
    expect((await at.result).status).toBe("aborted");
  });

  it("keeps the kernels that the engine measured in the rehearsal, and the step that it measured after training", async () => {
    const tuning = { generation: 1, adapter: "fake", choices: { "matmul nn 8x8x8": "tile 64x64" } };
    const memory = { parameters: 1, state: 2, kept: 3, activations: 4, peak: 10, limit: 100 };
    const step = { kernels: [], modelFlops: 30, memory };
    const known = { digest: "", tuning: JSON.stringify(tuning), known: null };
    const engine = new FakeEngine({
      digest: ({ id }) => ({ type: "rehearsal", id, ...known }),
      take: ({ id }) => ({ type: "taken", id, weights: new Float32Array(4), ...trained, step }),
    });
    const at = lab(SOURCE, engine);
    await begin(at);
    at.trainer.say(handover);
    expect(await at.result).toMatchObject({ status: "scored", tuning, step });
  });

  const took = (seconds: number, tokens: number) =>
    new FakeEngine({
      take: ({ id }) => ({ type: "taken", id, weights: new Float32Array(4), ...trained, seconds, tokens }),
    });

  it("says how many tokens a run may read, and does not ask how fast the machine is", async () => {
    const at = lab(SOURCE, took(1, 96), 100);
    await begin(at);
    expect(at.engine.heard.find(({ type }) => type === "open")).toMatchObject({ budgetTokens: 100, seed: 1 });
    at.trainer.say(handover);
    expect(await at.result).toMatchObject({ status: "scored", tokens: 96 });
    expect(at.engine.heard.map(({ type }) => type)).not.toContain("pace");
    expect(at.events.filter(({ type }) => type === "warning")).toEqual([]);
  });

  it("says when the clock ended a run before its budget in tokens", async () => {
    const slow = lab(SOURCE, took(20, 40), 100);
    await begin(slow);
    await healthy(slow, 20_000);
    slow.trainer.say(handover);
    expect(await slow.result).toMatchObject({ status: "scored" });
    const warnings = slow.events.filter(({ type }) => type === "warning");
    expect(warnings).toMatchObject([{ message: "the clock ended the run at 20 s, after 40 of 100 tokens" }]);
  });

  it("never starts a train.ts that does not parse", async () => {
    const at = lab("const a = 1;\nconst b = (;\n");
    expect(await at.result).toMatchObject({ status: "crash", line: 2 });
    expect(at.trainer.heard).toEqual([]);
  });

  it("is a crash when train.ts throws, with the line", async () => {
    const at = lab();
    await settle();
    at.trainer.say({ type: "hello" });
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

  it("ends at the deadline if the trainer hands nothing over", async () => {
    const at = lab();
    await begin(at);
    for (let i = 1; i <= 40; i++) {
      at.trainer.say(steps(i, i, [i, 3]));
      await healthy(at, 1000);
      if (i === 20) at.engine.say({ type: "spent" });
      if (at.trainer.closed) break;
    }
    const result = await at.result;
    expect(result).toMatchObject({ status: "crash", line: 5 });
    expect(result.steps).toBeLessThan(35); // 20 s of budget and at most 14 of grace
  });

  it("takes the first handover and no other", async () => {
    const seen: number[] = [];
    const engine = new FakeEngine({
      take: ({ id, ...command }) => {
        if (command.type === "take") seen.push(command.parameters[0]);
        return { type: "taken", id, weights: new Float32Array(4), ...trained };
      },
    });
    const at = lab(SOURCE, engine);
    await begin(at);
    await healthy(at, 5000);
    const other = (number: number) => ({ ...passes(), parameters: Uint32Array.of(number) });
    at.trainer.say({ ...handover, passes: other(1) });
    at.trainer.say({ ...handover, passes: other(2) });
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
      { type: "rehearsed", passes: { ...passes(), parameters: [1, 2] } },
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

  const late = (lateMs: number) =>
    new FakeEngine({
      take: ({ id }) => ({ type: "taken", id, weights: new Float32Array(4), ...trained, lateMs }),
    });

  it("is judged if its last step ends within the grace, also after a late handover, and invalid if it ends later", async () => {
    // 2.5 s and 2 % of 20 s.
    for (const [lateMs, status] of [
      [1000, "scored"],
      [3250, "invalid"],
      [8000, "invalid"],
    ] as const) {
      const at = lab(SOURCE, late(lateMs));
      await begin(at);
      await healthy(at, 29_000);
      at.trainer.say(handover);
      const result = await at.result;
      expect(result.status, `${lateMs} ms late`).toBe(status);
      if (result.status !== "invalid") continue;
      expect(result.reason).toMatch(
        /^train\.ts:5: its last step ended \d\.\d s after the deadline, expected at most 2\.9 s/,
      );
      expect(at.engine.heard.filter(({ type }) => type === "score")).toEqual([]);
    }
  });

  it("is invalid when a probe fails, before the budget is spent", async () => {
    const engine = new FakeEngine({
      probe: ({ id }) => ({
        type: "probed",
        id,
        line: 0,
        probes: [
          { name: "finite", passed: true, detail: "" },
          { name: "causality", passed: false, detail: "the logits at 7 move with the token at 8" },
        ],
      }),
    });
    const at = lab(SOURCE, engine);
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

  it("names the line of the operation behind a failed probe, or that of forward", async () => {
    const failed = { name: "causality", passed: false, detail: "it reads ahead" };
    for (const [said, line] of [
      [4, 4],
      [0, 3],
    ]) {
      const probe = { line: said, probes: [failed] };
      const early = lab(SOURCE, new FakeEngine({ probe: ({ id }) => ({ type: "probed", id, ...probe }) }));
      await rehearse(early);
      expect(await early.result).toMatchObject({ status: "invalid", line, rehearsal: true });
      const nats = new Float64Array(10);
      const score = ({ id }: { id: number }) => ({ type: "scored", id, nats, ...probe });
      const late = lab(SOURCE, new FakeEngine({ score }));
      await begin(late);
      late.trainer.say(handover);
      expect(await late.result).toMatchObject({
        status: "invalid",
        line,
        reason: `train.ts:${line}: causality: it reads ahead`,
        probes: [{ name: "rows", passed: true, detail: "all" }, failed],
      });
    }
  });

  it("scores within a minute and the budget; ten times that where scored rows are cut, and says so", async () => {
    for (const [doing, limit, detail, reason] of [
      ["scoring", 80_000, "", /^train\.ts:3: too slow to score: the forward pass is too large$/],
      [
        "cuts",
        800_000,
        "scoring, with the later text of scored rows replaced",
        /^train\.ts:3: too slow to check: its graph does not prove that it is causal/,
      ],
    ] as const) {
      const progress = (id?: number) =>
        engine.onmessage?.({ data: { type: "progress", id, doing, done: 3, total: 9 } });
      // The rehearsal cuts rows too, before the deadline of the score is set.
      const probe = ({ id }: { id: number }) => {
        progress(id);
        return { type: "probed", id, line: 0, probes: [] };
      };
      const engine: FakeEngine = new FakeEngine({ probe, score: () => undefined });
      const at = lab(SOURCE, engine);
      await begin(at);
      at.trainer.say(handover);
      let ended = false;
      void at.result.then(() => (ended = true));
      await settle();
      await settle();
      const asked = engine.heard.at(-1);
      expect(asked).toMatchObject({ type: "score", split: "validation", noise: 0.01, hidden: 8 });
      const tell = () => progress(asked?.id);
      for (let passed = 0; passed < limit - 10_000; passed += 20_000) {
        tell();
        await at.clock.pass(20_000);
      }
      expect(ended, doing).toBe(false);
      expect(at.events.at(-1)).toEqual({ type: "stage", stage: "scoring", detail, done: 3, total: 9 });
      tell();
      await at.clock.pass(21_000);
      expect(await at.result).toMatchObject({ status: "crash" });
      expect(((await at.result) as { reason: string }).reason).toMatch(reason);
    }
  });

  it("gives the engine the lines, and its errors name them", async () => {
    const seen: unknown[] = [];
    const engine = new FakeEngine({
      load: (command) => {
        if (command.type === "load") seen.push([command.lines, command.singleLines]);
        return {
          type: "refused",
          id: command.id,
          code: "crash",
          reason: "train.ts:4: the step does not fit",
        };
      },
    });
    const at = lab(SOURCE, engine);
    await settle();
    at.trainer.say({ type: "hello" });
    at.trainer.say({ type: "lines", lines: Uint32Array.of(1, 0, 4), singleLines: Uint32Array.of(4) });
    at.trainer.say({ type: "rehearsed", passes: passes() });
    expect(await at.result).toMatchObject({
      status: "crash",
      reason: "train.ts:4: the step does not fit",
      line: 4,
    });
    expect(seen).toEqual([[Uint32Array.of(1, 0, 4), Uint32Array.of(4)]]);
  });

  it("names the line of forward where the engine names none", async () => {
    const reason = "the logits, got [4, 8, 7], expected [4, 8, 9]";
    const engine = new FakeEngine({ load: ({ id }) => ({ type: "refused", id, code: "invalid", reason }) });
    const at = lab(SOURCE, engine);
    await rehearse(at);
    expect(await at.result).toMatchObject({ status: "invalid", reason: `train.ts:3: ${reason}`, line: 3 });
  });

  it("is a crash at the line of forward when a logit is not finite: it saw nothing that it must not", async () => {
    const reason = "the model's loss is not finite: a logit is NaN or beyond 1e30";
    const refused = ({ id }: { id: number }) => ({ type: "refused", id, code: "crash", reason });
    const early = lab(SOURCE, new FakeEngine({ probe: refused }));
    await rehearse(early);
    const late = lab(SOURCE, new FakeEngine({ score: refused }));
    await begin(late);
    late.trainer.say(handover);
    for (const { result } of [early, late])
      expect(await result).toMatchObject({ status: "crash", reason: `train.ts:3: ${reason}`, line: 3 });
  });

  it("takes lines from code, not from comments or messages", async () => {
    const source = [
      "// for await (const step of training(model)) step.log({ loss });",
      "const text = `",
      "  forward(tokens) {`;",
      SOURCE,
    ].join("\n");
    const at = lab(source);
    await begin(at);
    at.trainer.say(steps(7, 1, [0.5, NaN]));
    expect(await at.result).toMatchObject({ line: 9, reason: "train.ts:9: the loss is NaN after 7 steps" });
    const forged = lab();
    await settle();
    forged.trainer.say({ type: "hello" });
    forged.trainer.say({ type: "failed", device: false, message: "train.ts:3: kept", line: 5 });
    expect(await forged.result).toMatchObject({ line: 5, reason: "train.ts:5: train.ts:3: kept" });
  });

  it("stops at once when asked to", async () => {
    const at = lab();
    await begin(at);
    at.stop.abort();
    expect(await at.result).toMatchObject({ status: "aborted", retry: false, cause: "stopped" });
    expect(at.trainer.closed).toBe(true);
  });
});
