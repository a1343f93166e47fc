import { describe, expect, it } from "vitest";
import type { Rehearsal, RunCorpus } from "../../runner/index.ts";
import { rehearse } from "./rehearse.ts";
import { TEST_ARENA } from "../testing/loop-fakes.ts";

const asked = (rehearsal: Rehearsal) =>
  rehearse(
    { rehearse: () => Promise.resolve(rehearsal) },
    { file: { ...TEST_ARENA, budgetSeconds: 300 }, records: [] },
    {} as RunCorpus,
    "",
    new AbortController().signal,
  );

describe("a rehearsal in words", () => {
  it("gives the cost of a step and the number of steps in the budget", async () => {
    const passed = { status: "passed" as const, stepMs: 12.5, tokensPerSecond: 81920, silent: "" };
    expect(await asked({ ...passed, peakBytes: 83 * 2 ** 20, parameters: 920_000 })).toEqual({
      outcome: "passed",
      words:
        "12.5 ms a step, about 24000 steps in the budget, 81920 tokens a second, 920000 parameters, 83 MiB at peak",
    });
  });
  it("fails on a silent fault", async () => {
    const silent = "train.ts:3: the parameter head is in no optimizer";
    const figures = { stepMs: 1, tokensPerSecond: 1, peakBytes: 1, parameters: 1 };
    expect(await asked({ status: "passed", ...figures, silent })).toEqual({
      outcome: "failed",
      words: silent,
    });
  });
  it("gives the failure's reason, and asks to try later when the device is in use", async () => {
    expect(await asked({ status: "failed", reason: "train.ts:3: no" })).toEqual({
      outcome: "failed",
      words: "train.ts:3: no",
    });
    expect(await asked({ status: "none", reason: "the device is in use" })).toEqual({
      outcome: "later",
      words: "the device is in use",
    });
  });
});
