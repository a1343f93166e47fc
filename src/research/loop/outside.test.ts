// Proposals from outside: how long the loop waits for one, and what follows.
import { expect, it } from "vitest";
import { Control, type LoopContext } from "../experiment/context.ts";
import {
  contextOver,
  emptyDisk,
  hearing,
  numberIn,
  sourceOf,
  studyOn,
  testClock,
} from "../testing/loop-fakes.ts";
import { runLoop } from "./loop.ts";

const proposers = (disk: ReturnType<typeof emptyDisk>) =>
  studyOn(disk).records.map(({ researcher, source }) => [researcher, numberIn(source)]);

const AGENT = { researcher: "mcp:agent", category: "mlp", expected: "4.5", falsify: "above 5" };

it("waits for a proposal, keeps its author's texts, and prepares nothing meanwhile", async () => {
  const disk = emptyDisk({ limit: 3 });
  const { heard, listener } = hearing();
  const clock = testClock();
  let looks = 0;
  const context: LoopContext = await contextOver(disk, {
    listener,
    outside: () => ({ waitSeconds: 600, fillIn: true }),
    clock: {
      ...clock,
      sleep: async () => {
        const n = 60 + ++looks;
        if (looks % 3 === 0)
          await context.journal.update(({ queue }) => ({
            queue: [...queue, { source: sourceOf(n), hypothesis: `Try ${n}`, ...AGENT }],
          }));
      },
    },
  });
  expect(await runLoop(context, new Control())).toBe("limit");
  expect(proposers(disk)).toEqual([
    ["lab", 0],
    ["mcp:agent", 63],
    ["mcp:agent", 66],
  ]);
  expect(studyOn(disk).records[1]).toMatchObject(AGENT);
  expect(heard.next.filter((next) => next?.startsWith("Try 1"))).toEqual([]);
});

it("asks the researcher when no proposal came, or stops where it may not fill in", async () => {
  const filled = emptyDisk({ limit: 3 });
  await runLoop(
    await contextOver(filled, { outside: () => ({ waitSeconds: 5, fillIn: true }) }),
    new Control(),
  );
  expect(proposers(filled)).toEqual([
    ["lab", 0],
    ["counting", 1],
    ["counting", 2],
  ]);
  const alone = emptyDisk({ limit: 3 });
  const { heard, listener } = hearing();
  const context = await contextOver(alone, {
    listener,
    outside: () => ({ waitSeconds: 5, fillIn: false }),
  });
  expect(await runLoop(context, new Control())).toBe("exhausted");
  expect(proposers(alone)).toEqual([["lab", 0]]);
  expect(heard.notices).toEqual(["No proposal came within 5 s, and no researcher fills in."]);
});

it("stops waiting at Stop, and takes a queued proposal without waiting", async () => {
  const disk = emptyDisk({ limit: 9, queue: [{ source: sourceOf(7), hypothesis: "Mine" }] });
  const control = new Control();
  const context = await contextOver(disk, {
    outside: () => ({ waitSeconds: 1e6, fillIn: false }),
    clock: {
      ...testClock(),
      sleep: () => {
        control.stopAfterRun();
        return Promise.resolve();
      },
    },
  });
  expect(await runLoop(context, control)).toBe("stopped");
  expect(proposers(disk)).toEqual([
    ["lab", 0],
    ["human", 7],
  ]);
});
