import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Brief, Rejection } from "../../researchers/index.ts";
import { NO_FIGURES, type RunRequest, type RunResult } from "../../runner/index.ts";
import { earlierIn } from "../experiment/run-experiment.ts";
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

describe("a proposal that could only repeat an experiment", () => {
  const digest = (n: number) => `digest ${n === 1 || n === 101 || n === 201 ? 0 : n}`;
  /** Repairs 101 and 201 of proposal 1 have the baseline's digest too. */
  const runner = runnerOf(({ source, earlier }: RunRequest): RunResult => {
    const n = numberIn(source);
    const twin = earlier?.(digest(n)) ?? null;
    if (twin === null) return { ...scored(5), digest: digest(n) };
    const reason = `cannot differ from #${twin.number}`;
    return { ...NO_FIGURES, status: "equal", number: twin.number, reason, digest: digest(n) };
  });

  it("goes back with the number of that experiment, and the third time costs no budget", async () => {
    const disk = emptyDisk({ limit: 3 });
    const rejections: (readonly Rejection[])[] = [];
    const researcher = countingResearcher((brief) => rejections.push(brief.rejected));
    await runLoop(await contextOver(disk, { researcher, runner }), new Control());
    expect(rejections.find((rejected) => rejected.length === 2)).toMatchObject([
      { source: sourceOf(1), reason: "cannot differ from #0", equal: 0 },
      { source: sourceOf(101), reason: "cannot differ from #0", equal: 0 },
    ]);
    const records = studyOn(disk).records;
    expect(records.map((r) => [r.status, numberIn(r.source), r.valBpb, r.tokens])).toEqual([
      ["keep", 0, 5, records[0].tokens],
      ["discard", 201, null, 0],
      ["discard", 2, 5, records[2].tokens],
    ]);
    expect(records[1].reason).toBe("cannot differ from #0");
    expect(records[0].digest).toBe("digest 0");
  });

  it("is compared with runs of the same seed only, and of a person it is an experiment without a run", async () => {
    const disk = emptyDisk({ limit: 2, queue: [{ source: sourceOf(1), hypothesis: "By hand" }] });
    await runLoop(await contextOver(disk, { researcher: countingResearcher(), runner }), new Control());
    const { records } = studyOn(disk);
    expect(records[1]).toMatchObject({ status: "discard", reason: "cannot differ from #0", valBpb: null });
    expect(earlierIn({ records }, 1)?.("digest 0")).toMatchObject({ number: 0, source: sourceOf(0) });
    expect(earlierIn({ records }, 2)?.("digest 0")).toBeNull();
    expect(earlierIn({ records }, 1)?.("digest 2")).toBeNull();
    const like = (number: number, status: "keep" | "discard") => ({ ...records[0], number, status });
    const several = [like(0, "keep"), like(1, "keep"), like(2, "discard")];
    expect(earlierIn({ records: several }, 1)?.("digest 0")).toMatchObject({ number: 1 });
    expect(earlierIn({ records: several.slice(2) }, 1)?.("digest 0")).toMatchObject({ number: 2 });
  });
});

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
