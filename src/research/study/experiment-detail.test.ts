import { expect, it } from "vitest";
import { detailOf } from "./experiment-detail.ts";
import { runLoop } from "../loop/loop.ts";
import { Control } from "../experiment/context.ts";
import { contextOver, emptyDisk, sourceOf, studyOn } from "../testing/loop-fakes.ts";

const messages = { readCommit: (commit: string) => Promise.resolve({ message: `of ${commit}` } as never) };

it("shows the source that an experiment started from: its base, else its parent, else the seed", async () => {
  const queue = [
    { source: sourceOf(71), hypothesis: "A step" },
    { source: sourceOf(72), hypothesis: "From the baseline again", base: 0 },
  ];
  const disk = emptyDisk({ limit: 3, queue });
  await runLoop(await contextOver(disk), new Control());
  const study = studyOn(disk);
  const details = await Promise.all([0, 1, 2].map((number) => detailOf(messages, study, number, null)));
  expect(details.map(({ source, parentSource }) => [source, parentSource])).toEqual([
    [sourceOf(0), sourceOf(0)],
    [sourceOf(71), sourceOf(0)],
    [sourceOf(72), sourceOf(0)],
  ]);
  expect(details[1]).toMatchObject({ number: 1, message: "of commit-1", curve: [[0, 5]], step: null });
  await expect(detailOf(messages, study, 3, null)).rejects.toThrow("there is no experiment 3");
});
