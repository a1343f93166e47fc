import { describe, expect, it } from "vitest";
import type { FinishedRun } from "../../runner/index.ts";
import { failed, scored } from "../testing/loop-fakes.ts";
import { failedRun, nextTurn, withRun } from "./next-turn.ts";

const ok: FinishedRun = scored(2);
const crash: FinishedRun = failed("crash", "it threw");
const times = (count: number) => Array.from({ length: count }, () => ok);

describe("the next run's side", () => {
  // runs of the candidate, runs of the incumbent, the rule's verdict, the next side with an incumbent and without one
  it.each([
    [0, 0, "replicate", "candidate", "candidate"],
    [0, 0, "keep", "candidate", "candidate"],
    [1, 0, "keep", null, null],
    [1, 0, "discard", null, null],
    [1, 0, "replicate", "incumbent", "candidate"],
    [1, 1, "replicate", "candidate", "candidate"],
    [1, 1, "keep", "candidate", null],
    [1, 1, "discard", "candidate", null],
    [2, 1, "replicate", "incumbent", "candidate"],
    [2, 1, "discard", null, null],
    [2, 2, "keep", "candidate", null],
    [3, 2, "keep", null, null],
  ] as const)(
    "after %i and %i runs, the rule saying %s: %s, alone %s",
    (mine, theirs, verdict, due, alone) => {
      const sides = { runs: times(mine), incumbentRuns: times(theirs) };
      expect(nextTurn(sides, verdict, false)).toBe(due);
      expect(nextTurn(sides, verdict, true)).toBe(alone);
    },
  );

  it.each(["keep", "discard", "replicate"] as const)(
    "is over when the candidate fails, the rule saying %s",
    (verdict) => {
      for (const incumbentRuns of [[], [ok], [ok, ok]]) {
        const sides = { runs: [ok, crash], incumbentRuns };
        expect(nextTurn(sides, verdict, false)).toBeNull();
        expect(nextTurn(sides, verdict, true)).toBeNull();
        expect(failedRun(sides)).toBe(crash);
      }
    },
  );

  it("goes on when a fresh run of the incumbent fails: only the candidate is on trial", () => {
    const sides = { runs: [ok], incumbentRuns: [crash] };
    expect(nextTurn(sides, "discard", false)).toBe("candidate");
    expect(nextTurn(withRun(sides, "candidate", ok), "replicate", false)).toBe("incumbent");
    expect(failedRun(sides)).toBeNull();
  });

  it("adds a run to its side and leaves the other unchanged", () => {
    const sides = { runs: [ok], incumbentRuns: [] };
    expect(withRun(sides, "incumbent", crash)).toEqual({ runs: [ok], incumbentRuns: [crash] });
    expect(withRun(sides, "candidate", crash)).toEqual({ runs: [ok, crash], incumbentRuns: [] });
  });
});
