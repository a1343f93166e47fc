import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Brief, Rejection } from "../../researchers/index.ts";
import type { RunRequest, RunResult } from "../../runner/index.ts";
import { runLoop } from "./loop.ts";
import { Control } from "../experiment/context.ts";
import { fieldsOf } from "../study/commit-fields.ts";
import { parseRecord } from "../study/record.ts";
import {
  contextOver,
  countingResearcher,
  type Cut,
  type Disk,
  emptyDisk,
  failed,
  hearing,
  numberIn,
  runnerOf,
  scored,
  sourceOf,
  studyOn,
} from "../testing/loop-fakes.ts";
import { cutsUpTo, runThrough } from "../testing/cuts.ts";

/** A run that never reached its clock. */
const inRehearsal = (reason: string) => ({ ...failed("crash", reason), rehearsal: true as const });

/** Proposals 1, 2 and 3 of these numbers do not rehearse; their repairs are 101, 201, … */
const failing =
  (...numbers: number[]) =>
  ({ source }: RunRequest): RunResult =>
    numbers.includes(numberIn(source)) ? inRehearsal(`train.ts:1: no ${numberIn(source)}`) : scored(5);
const runnerFailing = (...numbers: number[]) => runnerOf(failing(...numbers));

describe("a proposal that fails in its rehearsal", () => {
  it("goes back with the error, costs no slot, and is remembered with the experiment", async () => {
    const disk = emptyDisk({ limit: 3 });
    const rejections: (readonly Rejection[])[] = [];
    const researcher = countingResearcher((brief) => rejections.push(brief.rejected));
    const runner = runnerFailing(1);
    const { heard, listener } = hearing();
    const context = await contextOver(disk, { researcher, runner, listener });
    await runLoop(context, new Control());
    const records = studyOn(disk).records;
    expect(records.map((r) => [r.number, r.status, numberIn(r.source)])).toEqual([
      [0, "keep", 0],
      [1, "discard", 101],
      [2, "discard", 2],
    ]);
    expect(rejections.find((rejected) => rejected.length > 0)).toEqual([
      { source: sourceOf(1), hypothesis: "Try 1", category: "count", reason: "train.ts:1: no 1" },
    ]);
    expect(records[1]?.sentBack?.map(({ source }) => source)).toEqual([sourceOf(1)]);
    expect(records[2]?.sentBack).toBeUndefined();
    expect(disk.journal).toMatchObject({ slot: null, sentBack: [] });
    expect(heard.began).toEqual([0, 1, 1, 2]);
  });

  it("costs the slot the third time, and the night goes on", async () => {
    const disk = emptyDisk({ limit: 3 });
    await runLoop(await contextOver(disk, { runner: runnerFailing(1, 101, 201) }), new Control());
    const [, one, two] = studyOn(disk).records;
    expect(one).toMatchObject({ status: "crash", reason: "train.ts:1: no 201", source: sourceOf(201) });
    expect(one?.sentBack?.map(({ source }) => numberIn(source))).toEqual([1, 101]);
    expect(two).toMatchObject({ status: "discard", source: sourceOf(2) });
  });

  it("counts its researcher's earlier repairs: two in all, not two for each", async () => {
    const disk = emptyDisk({ limit: 2 });
    const counting = countingResearcher();
    const mended = {
      ...counting,
      propose: async (brief: Brief, signal: AbortSignal) => ({
        ...(await counting.propose(brief, signal)),
        repairs: 2,
      }),
    };
    const runner = runnerFailing(1);
    await runLoop(await contextOver(disk, { runner, researcher: mended }), new Control());
    expect(studyOn(disk).records[1]).toMatchObject({ status: "crash", source: sourceOf(1) });
  });

  it("is not run again when any researcher proposes it later", async () => {
    const disk = emptyDisk({ limit: 3 });
    const counting = countingResearcher();
    const stubborn = {
      ...counting,
      propose: async (brief: Brief, signal: AbortSignal) =>
        brief.number === 2 && brief.rejected.length === 0
          ? { hypothesis: "Again", source: sourceOf(1), category: "count", researcher: "stubborn" }
          : counting.propose(brief, signal),
    };
    const runner = runnerFailing(1);
    await runLoop(await contextOver(disk, { runner, researcher: stubborn }), new Control());
    expect(runner.requests.filter(({ source }) => numberIn(source) === 1)).toHaveLength(1);
    expect(studyOn(disk).records[2]).toMatchObject({ source: sourceOf(102) });
  });

  it("is the human's own and stays where they put it", async () => {
    const disk = emptyDisk({ limit: 2, queue: [{ source: sourceOf(7), hypothesis: "Mine" }] });
    await runLoop(await contextOver(disk, { runner: runnerFailing(7) }), new Control());
    expect(studyOn(disk).records[1]).toMatchObject({ status: "crash", researcher: "human" });
  });

  it("is recorded as a crash when an agent made it, without waiting for a repair", async () => {
    const queue = [{ source: sourceOf(7), hypothesis: "Mine", researcher: "mcp:agent", category: "mlp" }];
    const disk = emptyDisk({ limit: 2, queue });
    await runLoop(await contextOver(disk, { runner: runnerFailing(7) }), new Control());
    expect(studyOn(disk).records[1]).toMatchObject({
      status: "crash",
      researcher: "mcp:agent",
      category: "mlp",
    });
  });

  it("is not one that crashed after its clock started", async () => {
    const disk = emptyDisk({ limit: 2 });
    const runner = runnerOf(({ source }) => (numberIn(source) === 1 ? failed("crash", "late") : scored(5)));
    await runLoop(await contextOver(disk, { runner }), new Control());
    expect(studyOn(disk).records[1]).toMatchObject({ status: "crash", reason: "late", source: sourceOf(1) });
  });

  it("goes back once and no more when the tab is closed at any write", async () => {
    const study = async (cuts: readonly Cut[]): Promise<Disk> => {
      const disk = emptyDisk({ limit: 4 });
      await runThrough(disk, cuts, failing(1, 2, 102, 202));
      return disk;
    };
    const shape = (disk: Disk) =>
      disk.commits.map(({ experiment }) => {
        const files = experiment.notebookFiles as Record<string, string>;
        const path = Object.keys(files).find((name) => name.startsWith("experiments-")) ?? "";
        const { status, sentBack = [] } = parseRecord(
          files[path] ?? "",
          fieldsOf({ body: "", ...experiment }),
        );
        return [experiment.files["train.ts"], status, sentBack.map(({ source }) => source)];
      });
    const whole = shape(await study([]));
    expect(whole.map(([, status]) => status)).toEqual(["keep", "discard", "crash", "discard"]);
    await fc.assert(
      fc.asyncProperty(cutsUpTo(16), async (cuts) => {
        expect(shape(await study(cuts))).toEqual(whole);
      }),
      { numRuns: 80 },
    );
  });
});
