// A run with a fake clock, trainer and engine, and the messages of a healthy trainer through all its stages.
import { expect } from "vitest";
import { createRunner } from "../runner.ts";
import type { RunEvent, RunResult, Score } from "../contract/types.ts";
import { FakeClock, FakeReader, FakeEngine, FakeTrainer, passes, request, settle } from "./fakes.ts";

export const SOURCE = [
  'import { training } from "prepare";',
  "class GPT {",
  "  forward(tokens) { return tokens; }",
  "}",
  "for await (const step of training(new GPT())) {",
  "  step.log({ loss: 1 });",
  "}",
].join("\n");

/** One run, and the fakes that it talks to. */
export interface Lab {
  readonly clock: FakeClock;
  readonly trainer: FakeTrainer;
  readonly engine: FakeEngine;
  readonly events: RunEvent[];
  readonly result: Promise<RunResult>;
  readonly stop: AbortController;
}

/** Begins a run. */
export function lab(
  source = SOURCE,
  engine = new FakeEngine(),
  budgetTokens = 0,
  openReader = () => new FakeReader().asWorker(),
): Lab {
  const clock = new FakeClock();
  const trainer = new FakeTrainer();
  const openEngine = () => engine.asWorker();
  const runner = createRunner({ openTrainer: trainer.open, openEngine, openReader, clock });
  const events: RunEvent[] = [];
  const stop = new AbortController();
  // Called with the validation score, so that the lab can request the test score of kept experiments only.
  const wantTest = ({ valBpb, chunks, chunkBytes }: Pick<Score, "valBpb" | "chunks" | "chunkBytes">) =>
    valBpb > 0 && chunks.length === chunkBytes.length;
  const asked = request(source, { wantTest, wantModel: true });
  const arena = { ...asked.arena, budgetTokens };
  const result = runner.run({ ...asked, arena }, (event) => events.push(event), stop.signal);
  return { clock, trainer, engine, events, result, stop };
}

/** A runner whose sandboxes are fakes, in the order in which it opened them. */
export function runnerWith(engine: FakeEngine, reader = new FakeReader()) {
  const clock = new FakeClock();
  const trainers: FakeTrainer[] = [];
  const runner = createRunner({
    openTrainer: () => {
      const trainer = new FakeTrainer();
      trainers.push(trainer);
      return trainer.open();
    },
    openEngine: () => engine.asWorker(),
    openReader: () => reader.asWorker(),
    clock,
  });
  return { runner, trainers, clock };
}

type Living = Pick<Lab, "clock" | "trainer"> & Partial<Pick<Lab, "engine">>;

/** While time passes, says `beat` and `alive`, as a healthy trainer and a healthy engine do. */
export async function healthy({ clock, trainer, engine }: Living, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 500) {
    trainer.say({ type: "beat" });
    engine?.say({ type: "alive" });
    await clock.pass(Math.min(500, ms - passed));
  }
}

/** Passes the rehearsal. */
export async function rehearse({ trainer }: Pick<Lab, "trainer">): Promise<void> {
  await settle();
  trainer.say({ type: "hello" });
  trainer.say({ type: "compiling", done: 1, total: 2 });
  trainer.say({ type: "forecast", stepMs: 100, peakBytes: 1e6, parameters: 4, tokensPerStep: 64 });
  trainer.say({ type: "rehearsed", passes: passes() });
  await settle();
}

/** Advances to the start of the clock. */
export async function begin(at: Pick<Lab, "trainer">): Promise<void> {
  await rehearse(at);
  at.trainer.say({ type: "ready" });
  await settle();
  await settle();
  expect(at.trainer.heard.at(-1)?.type).toBe("begin");
}

export const handover = { type: "handover", passes: passes() } as const;

/** A runner for one run after the other; each opens a trainer of its own. */
export function severalRuns(openEngine: () => FakeEngine = () => new FakeEngine()) {
  const clock = new FakeClock();
  let trainer = new FakeTrainer();
  const runner = createRunner({
    openTrainer: () => (trainer = new FakeTrainer()).open(),
    openEngine: () => openEngine().asWorker(),
    openReader: () => new FakeReader().asWorker(),
    clock,
  });
  return { runner, clock, trainer: () => trainer };
}
