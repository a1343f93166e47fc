// A run that records the same as an earlier experiment ends before it costs budget.
import { describe, expect, it } from "vitest";
import { FakeEngine, passes, request, settle } from "./testing/fakes.ts";
import { rehearse, runnerWith, SOURCE } from "./testing/lab.ts";

describe("a run that could only repeat an experiment", () => {
  /** An engine whose rehearsals have this digest, and whose recordings have these. */
  const engineOf = (digest: string, recorded: string[]) =>
    new FakeEngine({
      digest: ({ id }) => ({ type: "rehearsal", id, digest, tuning: null, known: null }),
      recorded: ({ id }) => ({
        type: "digested",
        id,
        digest: recorded.shift() ?? "",
        trail: new Uint32Array(2),
      }),
    });

  /** A run whose rehearsal is compared with #7, up to its second recording. */
  async function compared(recorded: string[], digest = "aa") {
    const engine = engineOf(digest, recorded);
    const { runner, trainers, clock } = runnerWith(engine);
    const earlier = (found: string) =>
      found === "aa" ? { number: 7, source: `${SOURCE}// 7`, steps: 9 } : null;
    const stop = new AbortController();
    const result = runner.run(request(SOURCE, { earlier }), () => undefined, stop.signal);
    await settle();
    const at = { clock, trainer: trainers[0] };
    await rehearse(at);
    at.trainer.say({ type: "ready" });
    for (let i = 1; i <= recorded.length + 1 && i < 3; i++) {
      await settle();
      trainers.at(i)?.say({ type: "hello" });
      trainers.at(i)?.say({ type: "rehearsed", passes: passes() });
    }
    await settle();
    await settle();
    return { ...at, trainers, result, engine, stop, runner };
  }

  it("ends before its clock starts, with the number of that experiment", async () => {
    const { result, trainers, engine } = await compared(["bb", "bb"]);
    expect(await result).toMatchObject({
      status: "equal",
      number: 7,
      reason: "cannot differ from #7: it records the same training steps and the same forward pass",
      digest: "aa",
      steps: 0,
    });
    expect(engine.heard.some(({ type }) => type === "begin")).toBe(false);
    expect(trainers.map(({ closed }) => closed)).toEqual([true, true, true]);
    const inits = trainers.map(({ heard }) => heard[0]);
    expect(inits.map((init) => init.type === "init" && init.recordMs)).toEqual([0, 20, 20]);
    // Nothing but the order to record reaches the engine from a recording.
    expect(engine.heard.filter(({ type }) => type === "record" || type === "open")).toHaveLength(3);
  });

  it.each([
    ["its whole run differs", ["bb", "cc"]],
    ["the other run cannot be recorded", [""]],
    ["its own run cannot be recorded", ["bb", ""]],
  ])("trains when %s", async (_, recorded) => {
    const { trainer, stop } = await compared(recorded);
    expect(trainer.heard.at(-1)?.type).toBe("begin");
    stop.abort();
  });

  it("trains without a comparison when no experiment had its digest", async () => {
    const { trainers, trainer, stop } = await compared([], "dd");
    expect(trainers).toHaveLength(1);
    expect(trainer.heard.at(-1)?.type).toBe("begin");
    stop.abort();
  });

  it("may be stopped while it is compared", async () => {
    const { result, stop, trainers } = await compared([]);
    stop.abort();
    expect(await result).toMatchObject({ status: "aborted", cause: "stopped" });
    expect(trainers.every(({ closed }) => closed)).toBe(true);
  });
});
