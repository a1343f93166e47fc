// Samples of the growing model: at which moments they are asked for, and that the result of a run is the same without them.
import { expect, it } from "vitest";
import type { RunEvent, RunRequest, RunResult } from "./contract/types.ts";
import type { EngineCommand } from "./contract/protocol.ts";
import { FakeEngine, request, settle, steps } from "./testing/fakes.ts";
import { begin, handover, healthy, runnerWith, SOURCE } from "./testing/lab.ts";

interface Made {
  readonly result: RunResult;
  readonly glimpses: readonly RunEvent[];
  readonly asked: readonly EngineCommand[];
}

/** A run of 20 s, reported every second. */
async function run(more: Partial<RunRequest>, engine = new FakeEngine()): Promise<Made> {
  const { runner, trainers, clock } = runnerWith(engine);
  const events: RunEvent[] = [];
  const result = runner.run(
    request(SOURCE, more),
    (event) => events.push(event),
    new AbortController().signal,
  );
  await settle();
  const trainer = trainers[0]!;
  await begin({ trainer });
  for (let second = 1; second <= 20; second++) {
    trainer.say(steps(10 * second, second, [second, 5 - second / 10]));
    await healthy({ clock, trainer, engine }, 1000);
  }
  trainer.say(handover);
  return {
    result: await result,
    glimpses: events.filter(({ type }) => type === "glimpse"),
    asked: engine.heard.filter(({ type }) => type === "glimpse"),
  };
}

it("shows what the model writes after a tenth, three and six tenths of the budget, and scores the same", async () => {
  const without = await run({});
  expect(without.result.status).toBe("scored");
  expect([without.glimpses, without.asked]).toEqual([[], []]);
  const seen = await run({ wantGlimpses: true });
  expect(seen.glimpses).toEqual([2, 6, 12].map((seconds) => ({ type: "glimpse", seconds, text: "Ho" })));
  expect(seen.asked[0]).toMatchObject({ single: "{}", count: 64, seconds: 0.2, seed: 1 });
  expect(seen.result).toEqual(without.result);
});

it("goes by the tokens where they are the budget, and leaves a run of a few seconds alone", async () => {
  const { arena } = request(SOURCE);
  // 640 tokens a second.
  const inTokens = await run({ wantGlimpses: true, arena: { ...arena, budgetTokens: 12_800 } });
  expect(inTokens.glimpses.map((event) => event.type === "glimpse" && event.seconds)).toEqual([2, 6, 12]);
  const short = await run({ wantGlimpses: true, arena: { ...arena, budgetSeconds: 9 } });
  expect(short.asked).toEqual([]);
});

it("shows nothing of a model that could not be read, and waits for the answer before it takes the weights", async () => {
  const none = { tokens: new Uint16Array(), pausedMs: 0 };
  const blind = new FakeEngine({ glimpse: ({ id }) => ({ type: "glimpsed", id, ...none }) });
  const unread = await run({ wantGlimpses: true }, blind);
  expect(unread.glimpses).toEqual([]);
  expect(unread.result.status).toBe("scored");

  // The answer comes when the trainer has handed over already: the run asks for the weights only then.
  const late: FakeEngine = new FakeEngine({
    glimpse: ({ id }) => {
      setTimeout(() => late.onmessage?.({ data: { type: "glimpsed", id, ...none } }), 300);
      return undefined;
    },
  });
  const waited = await run({ wantGlimpses: true }, late);
  expect(waited.result.status).toBe("scored");
});
