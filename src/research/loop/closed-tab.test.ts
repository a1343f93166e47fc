// A study whose tab is closed at any write ends like one whose tab was never closed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RunRequest } from "../../runner/index.ts";
import { runLoop } from "./loop.ts";
import { Control } from "../experiment/context.ts";
import {
  contextOver,
  type Cut,
  type Disk,
  emptyDisk,
  failed,
  numberIn,
  runnerOf,
  scored,
  sourceOf,
  storeOver,
  studyOn,
} from "../testing/loop-fakes.ts";
import { cutsUpTo, runThrough } from "../testing/cuts.ts";

/** The result of a study, without values that depend on the clock. */
const shape = (disk: Disk) =>
  studyOn(disk).records.map((r) => [
    r.number,
    r.parent,
    r.status,
    r.valBpb,
    r.source,
    r.hypothesis,
    r.commit,
    r.seed,
  ]);

describe("a tab closed at any write", () => {
  const judge = ({ source }: RunRequest) => {
    const n = numberIn(source);
    return n % 4 === 3 ? failed("crash", "train.ts:1: no") : scored(10 - ((n * 7) % 5));
  };
  /** A study of six. */
  async function study(cuts: readonly Cut[]): Promise<{ disk: Disk; runs: number }> {
    const disk = emptyDisk({ limit: 6, queue: [{ source: sourceOf(40), hypothesis: "By hand" }] });
    return { disk, runs: await runThrough(disk, cuts, judge) };
  }

  it("ends in the same study as one that was never closed, nothing lost and nothing doubled", async () => {
    const whole = await study([]);
    expect(whole.disk.commits.length).toBe(6);
    await fc.assert(
      fc.asyncProperty(cutsUpTo(16), async (list) => {
        const { disk, runs } = await study(list);
        expect(shape(disk)).toEqual(shape(whole.disk));
        // At most one run is repeated for each time the tab was closed.
        expect(runs).toBeLessThanOrEqual(whole.runs + list.length);
        expect(disk.journal).toMatchObject({ slot: null, queue: [] });
      }),
      { numRuns: 150 },
    );
  });

  it("commits a journalled run without running it again", async () => {
    const disk = emptyDisk({ limit: 1 });
    // Writes: 0 the slot, 1 the finished run, 2 the commit.
    const store = storeOver(disk, { write: 2, when: "before" });
    const first = runnerOf(() => scored(5));
    await Promise.race([
      runLoop(await contextOver(disk, { store, runner: first }), new Control()),
      store.dead,
    ]);
    const second = runnerOf(() => scored(99));
    await runLoop(await contextOver(disk, { runner: second }), new Control());
    expect(second.requests.length).toBe(0);
    expect(studyOn(disk).records[0]?.valBpb).toBe(5);
  });
});
