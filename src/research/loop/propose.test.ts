// The sources of the loop's next experiment: a proposal prepared during the run, the researcher, the human.
import { describe, expect, it } from "vitest";
import type { Brief } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import { runLoop } from "./loop.ts";
import { Control } from "../experiment/context.ts";
import {
  contextOver,
  countingResearcher,
  emptyDisk,
  hearing,
  numberIn,
  runnerOf,
  scored,
  sourceOf,
  studyOn,
} from "../testing/loop-fakes.ts";

describe("the loop's next proposal", () => {
  it("has the next proposal ready when the run ends, one for each outcome", async () => {
    const briefs: Brief[] = [];
    const disk = emptyDisk({ limit: 4 });
    const asked: number[] = [];
    const runner = runnerOf(async ({ source }) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      asked.push(briefs.length);
      return scored(numberIn(source) === 1 ? 4 : 5);
    });
    await runLoop(
      await contextOver(disk, { runner, researcher: countingResearcher((b) => briefs.push(b)) }),
      new Control(),
    );
    // Two briefs during each run but the last, and none between the runs.
    expect(asked).toEqual([2, 4, 6, 6]);
    const during1 = briefs.slice(2, 4);
    expect(during1.map((b) => b.pending.map((p) => p.number))).toEqual([[1], [1]]);
    expect(during1.map((b) => b.source)).toEqual([sourceOf(0), sourceOf(1)]);
    const during2 = briefs.slice(4, 6);
    expect(during2.map((b) => b.source)).toEqual([sourceOf(1), sourceOf(2)]);
  });

  it("waits for a researcher that is slower than the run, and asks it once", async () => {
    const disk = emptyDisk({ limit: 3 });
    let asked = 0;
    const base = countingResearcher();
    const slow = {
      ...base,
      free: false,
      propose: async (brief: Brief, signal: AbortSignal) => {
        asked++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return base.propose(brief, signal);
      },
    };
    await runLoop(
      await contextOver(disk, { researcher: slow, runner: runnerOf(() => scored(5)) }),
      new Control(),
    );
    expect(studyOn(disk).records.map((r) => r.source)).toEqual([0, 1, 2].map(sourceOf));
    expect(asked).toBe(2);
  });

  it("sends back a proposal that does not type-check twice, and then records it as a crash without a run", async () => {
    const disk = emptyDisk({ limit: 2 });
    const runner = runnerOf(() => scored(5));
    const rejections: number[] = [];
    const researcher = countingResearcher((b) => rejections.push(b.rejected.length));
    const check = () => Promise.resolve([{ line: 4, column: 1, message: "no such thing" }]);
    await runLoop(await contextOver(disk, { runner, check, researcher }), new Control());
    expect(Math.max(...rejections)).toBe(2);
    expect(runner.requests.length).toBe(1);
    expect(studyOn(disk).records[1]).toMatchObject({
      status: "crash",
      reason: "train.ts:4: no such thing",
      tokens: 0,
    });
  });

  it("runs without the check when the check itself fails, and says so", async () => {
    const disk = emptyDisk({ limit: 2 });
    const { heard, listener } = hearing();
    const check = () => Promise.reject(new LabError("check", "the type check did not start"));
    await runLoop(await contextOver(disk, { check, listener }), new Control());
    expect(disk.commits.length).toBe(2);
    expect(heard.notices.join()).toContain("did not start");
  });

  it("ends when the researcher only repeats itself, and says so", async () => {
    const disk = emptyDisk();
    const { heard, listener } = hearing();
    const same = {
      hypothesis: "Again",
      source: `${sourceOf(0)}// new comment\n`,
      category: "x",
      researcher: "dull",
    };
    const researcher = { name: "dull", free: true, propose: () => Promise.resolve(same) };
    expect(await runLoop(await contextOver(disk, { researcher, listener }), new Control())).toBe("exhausted");
    expect(heard.notices.join()).toContain("the same program as #0");
  });

  it("lets the human's proposals go first, in their order", async () => {
    const queue = [71, 72].map((n) => ({ source: sourceOf(n), hypothesis: `By hand ${n}` }));
    const disk = emptyDisk({ limit: 4, queue });
    await runLoop(await contextOver(disk), new Control());
    expect(studyOn(disk).records.map((r) => [r.researcher, numberIn(r.source)])).toEqual([
      ["lab", 0],
      ["human", 71],
      ["human", 72],
      ["counting", 3],
    ]);
    expect(disk.journal).toMatchObject({ queue: [] });
  });

  it("commits the human's fork as a child of the experiment it was forked from", async () => {
    const queue = [
      { source: sourceOf(71), hypothesis: "A step" },
      { source: sourceOf(72), hypothesis: "From the baseline again", base: 0 },
    ];
    const disk = emptyDisk({ limit: 3, queue });
    await runLoop(await contextOver(disk), new Control());
    const [baseline, step, fork] = studyOn(disk).records;
    expect([step?.base, fork?.base, fork?.parent]).toEqual([null, 0, 1]);
    expect(disk.commits[2]?.experiment).toMatchObject({ base: baseline?.commit, parent: step?.commit });
  });

  it("takes a proposal that arrives during a run before the prepared one", async () => {
    const disk = emptyDisk({ limit: 3 });
    const context = await contextOver(disk, {
      runner: runnerOf(async ({ source }) => {
        if (numberIn(source) === 1) {
          await context.journal.update((j) => ({
            queue: [...j.queue, { source: sourceOf(50), hypothesis: "Mine" }],
          }));
        }
        return scored(5);
      }),
    });
    await runLoop(context, new Control());
    expect(studyOn(disk).records.map((r) => numberIn(r.source))).toEqual([0, 1, 50]);
  });
});
