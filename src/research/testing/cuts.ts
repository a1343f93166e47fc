// For tests only: closes the tab of a study at given writes, and reopens the study until it is done.
import fc from "fast-check";
import type { RunRequest, RunResult } from "../../runner/index.ts";
import { runLoop } from "../loop/loop.ts";
import { Control } from "../experiment/context.ts";
import type { StudyFile } from "../study/study.ts";
import { contextOver, type Cut, type Disk, runnerOf, storeOver, TEST_ARENA } from "./loop-fakes.ts";

/** Up to six closings, each at one of the writes from 0 to `last`. */
export const cutsUpTo = (last: number): fc.Arbitrary<Cut[]> =>
  fc.array(
    fc.record({ write: fc.nat({ max: last }), when: fc.constantFrom("before" as const, "after" as const) }),
    { maxLength: 6 },
  );

/** Runs the study on the disk to its limit, closed once for each cut; resolves with how many runs that took. */
export async function runThrough(
  disk: Disk,
  cuts: readonly Cut[],
  judge: (request: RunRequest) => RunResult,
  file: StudyFile = TEST_ARENA,
): Promise<number> {
  let runs = 0;
  for (const cut of [...cuts, null]) {
    const store = storeOver(disk, cut);
    const runner = runnerOf((request) => {
      runs++;
      return judge(request);
    });
    const loop = runLoop(await contextOver(disk, { store, runner, file }), new Control());
    await Promise.race([loop, store.dead]);
  }
  return runs;
}
