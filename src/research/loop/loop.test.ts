import { describe, expect, it } from "vitest";
import { KeyRing, type Researcher } from "../../researchers/index.ts";
import { LabError } from "../../error.ts";
import type { Repository } from "../../repo/index.ts";
import type { RunResult } from "../../runner/index.ts";
import { waitAfter } from "./crash-backoff.ts";
import { runLoop } from "./loop.ts";
import { Control } from "../experiment/context.ts";
import { guarded } from "../researchers/key-scan.ts";
import {
  aborted,
  contextOver,
  countingResearcher,
  type Disk,
  emptyDisk,
  failed,
  hearing,
  numberIn,
  runnerOf,
  scored,
  sourceOf,
  storeOver,
  studyOn,
  testClock,
} from "../testing/loop-fakes.ts";
import type { Rule } from "../verdict/verdict.ts";

describe("the loop", () => {
  it("measures the baseline first, then keeps strictly lower scores and discards the rest", async () => {
    const disk = emptyDisk({ limit: 5 });
    const scores = [5, 4, 4, 4.5, 3.9];
    const { heard, listener } = hearing();
    const runner = runnerOf(({ source }) => scored(scores[numberIn(source)] ?? NaN));
    const end = await runLoop(await contextOver(disk, { runner, listener }), new Control());
    expect(end).toBe("limit");
    const records = studyOn(disk).records;
    expect(records.map((r) => r.status)).toEqual(["keep", "keep", "discard", "discard", "keep"]);
    expect(records.map((r) => r.parent)).toEqual([null, 0, 1, 1, 1]);
    expect(records[0]).toMatchObject({ source: sourceOf(0), category: "baseline", incumbentBpb: null });
    expect(disk.incumbent).toBe("commit-4");
    expect(heard.committed.map((r) => r.number)).toEqual([0, 1, 2, 3, 4]);
    expect(records[4]?.reason).toBe("3.9000 is lower than the incumbent's 4.0000");
  });

  it("commits a crash and an invalid run without a score, and goes on from the incumbent", async () => {
    const disk = emptyDisk({ limit: 4 });
    const results = [
      scored(5),
      failed("crash", "train.ts:3: no"),
      failed("invalid", "causality: moved"),
      scored(4),
    ];
    const context = await contextOver(disk, {
      runner: runnerOf(({ source }) => results[numberIn(source)] ?? null),
    });
    await runLoop(context, new Control());
    const records = studyOn(disk).records;
    expect(records.map((r) => [r.status, r.valBpb])).toEqual([
      ["keep", 5],
      ["crash", null],
      ["invalid", null],
      ["keep", 4],
    ]);
    expect(records[1]?.reason).toBe("train.ts:3: no");
    expect(records[3]?.parent).toBe(0);
  });

  it("goes on after a baseline that crashed, and keeps the first score there is", async () => {
    const disk = emptyDisk({ limit: 2 });
    const results = [failed("crash", "train.ts:1: no"), scored(9)];
    await runLoop(
      await contextOver(disk, { runner: runnerOf(({ source }) => results[numberIn(source)] ?? null) }),
      new Control(),
    );
    expect(studyOn(disk).records.map((r) => [r.status, r.parent])).toEqual([
      ["crash", null],
      ["keep", null],
    ]);
  });

  it("writes the notebook's table with the commit of each experiment", async () => {
    const disk = emptyDisk({ limit: 3 });
    await runLoop(await contextOver(disk), new Control());
    const files = disk.commits[2]?.experiment.notebookFiles as Record<string, string>;
    const rows = (files["results.tsv"] ?? "").trim().split("\n");
    expect(rows.map((row) => row.split("\t")[0])).toEqual(["commit", "commit-", "commit-", "commit-"]);
    expect((files["learnings.md"] ?? "").match(/^- #/gm)?.length).toBe(3);
    expect(Object.keys(files)).toContain("experiments-00/0002.json");
  });

  it("repeats an aborted run with the same source and seed, without an experiment of its own", async () => {
    const disk = emptyDisk({ limit: 2 });
    let interruptions = 2;
    const runner = runnerOf(({ source }) =>
      numberIn(source) === 1 && interruptions-- > 0 ? aborted("the machine slept") : scored(5),
    );
    const { heard, listener } = hearing();
    await runLoop(await contextOver(disk, { runner, listener }), new Control());
    expect(runner.requests.map((r) => [r.source, r.seed])).toEqual([
      [sourceOf(0), 1],
      ...[1, 2, 3].map(() => [sourceOf(1), 1]),
    ]);
    expect(studyOn(disk).records.length).toBe(2);
    expect(heard.notices.join()).toContain("the machine slept");
  });

  it("repeats a run that lost its device, and remembers the loss over a reload", async () => {
    const disk = emptyDisk({ limit: 3 });
    const lost = { ...aborted("the GPU was lost"), cause: "device", lost: true } as const;
    let losses = 1;
    let reloaded: Disk | null = null;
    const runner = runnerOf(({ source }) => {
      if (numberIn(source) !== 1) return scored(5);
      if (losses-- > 0) return lost as RunResult;
      reloaded ??= structuredClone(disk);
      return scored(4);
    });
    await runLoop(await contextOver(disk, { runner }), new Control());
    const asked = ({ requests }: typeof runner) =>
      requests.map(({ source, seed, losses }) => [source, seed, losses]);
    expect(asked(runner)).toEqual([
      [sourceOf(0), 1, 0],
      [sourceOf(1), 1, 0],
      [sourceOf(1), 1, 1],
      [sourceOf(2), 1, 0],
    ]);
    const later = runnerOf(() => scored(5));
    await runLoop(await contextOver(reloaded!, { runner: later }), new Control());
    expect(asked(later)[0]).toEqual([sourceOf(1), 1, 1]);
  });

  it("gives up with one line when the device is gone for good", async () => {
    const disk = emptyDisk();
    const runner = runnerOf(() => Promise.reject(new LabError("device", "no adapter")));
    await expect(runLoop(await contextOver(disk, { runner }), new Control())).rejects.toMatchObject({
      code: "device",
    });
    expect(disk.commits.length).toBe(0);
  });

  it("does not count a sleep of the machine as a loss of the device", async () => {
    const disk = emptyDisk({ limit: 1 });
    let sleeps = 12;
    const runner = runnerOf(() => (sleeps-- > 0 ? aborted("the machine slept") : scored(5)));
    await runLoop(await contextOver(disk, { runner }), new Control());
    expect(disk.commits.length).toBe(1);
  });

  it("waits for a host that does not answer, and says so once", async () => {
    const disk = emptyDisk({ limit: 1 });
    let away = 12;
    const gone = new LabError("host", "the host of this page does not answer");
    const runner = runnerOf(() => (away-- > 0 ? Promise.reject(gone) : scored(5)));
    const context = await contextOver(disk, { runner });
    const notices: string[] = [];
    const notice = (_: string, text: string) => void notices.push(text);
    await runLoop({ ...context, listener: { ...context.listener, notice } }, new Control());
    expect(studyOn(disk).records.map((r) => r.status)).toEqual(["keep"]);
    expect(notices.filter((text) => text.includes("waits for the host"))).toHaveLength(1);
  });

  it("continues after the lab failed on one train.ts, but stops when the lab fails from the start", async () => {
    const disk = emptyDisk({ limit: 3 });
    const fault = new LabError("internal", "the engine failed: out of memory");
    const runner = runnerOf(({ source }) => (numberIn(source) === 1 ? Promise.reject(fault) : scored(5)));
    await runLoop(await contextOver(disk, { runner }), new Control());
    expect(studyOn(disk).records.map((r) => r.status)).toEqual(["keep", "crash", "discard"]);
    expect(studyOn(disk).records[1]?.reason).toContain("the engine failed: out of memory");
    const never = await contextOver(emptyDisk(), { runner: runnerOf(() => Promise.reject(fault)) });
    await expect(runLoop(never, new Control())).rejects.toBe(fault);
  });

  it("stops with the store's error when a commit fails", async () => {
    const disk = emptyDisk();
    const store = {
      ...storeOver(disk),
      commitExperiment: () => Promise.reject(new LabError("storage", "disk full")),
    };
    await expect(runLoop(await contextOver(disk, { store }), new Control())).rejects.toMatchObject({
      code: "storage",
    });
  });

  it.each(["source", "hypothesis", "reason"] as const)(
    "refuses only the experiment whose %s holds a key",
    async (where) => {
      const key = "a-key-that-nobody-may-read-0123456789";
      const disk = emptyDisk({ limit: 4 });
      const plain = storeOver(disk);
      const keys = new KeyRing();
      keys.set("openai", key);
      const guard = guarded(plain as unknown as Repository, keys);
      const counting = countingResearcher();
      const researcher: Researcher = {
        ...counting,
        propose: async (brief, signal) => {
          const proposal = await counting.propose(brief, signal);
          if (brief.number !== 2 || where === "reason") return proposal;
          const { source, hypothesis } = proposal;
          const text = where === "source" ? `${source}// ${key}\n` : `${hypothesis} ${key}`;
          return { ...proposal, [where]: text };
        },
      };
      const runner = runnerOf(({ source }) => {
        const n = numberIn(source);
        return n === 2 && where === "reason" ? failed("crash", `train.ts:3: ${key}`) : scored(10 - n);
      });
      const { heard, listener } = hearing();
      const context = await contextOver(disk, {
        researcher,
        runner,
        listener,
        store: { ...plain, commitExperiment: (experiment) => guard.commitExperiment(experiment) },
      });
      expect(await runLoop(context, new Control())).toBe("limit");
      const { records } = studyOn(disk);
      expect(records.map((r) => r.status)).toEqual(["keep", "keep", "crash", "keep"]);
      expect(records[2]).toMatchObject({ hypothesis: expect.stringMatching(/held a key/), valBpb: null });
      expect(records[3]?.parent).toBe(1);
      expect(heard.notices.join()).toMatch(/#2 is kept without its text: .* would hold the key of openai/);
      const inGit = disk.commits.map(({ experiment: { subject, body, trailers, files, notebookFiles } }) => {
        return { subject, body, trailers, files, notebookFiles };
      });
      const left = [inGit, disk.journal, heard.notices, heard.committed];
      expect(left.some((one) => JSON.stringify(one).includes(key))).toBe(false);
    },
  );

  it("stops after the run when asked, with the run committed and no next one begun", async () => {
    const disk = emptyDisk();
    const control = new Control();
    const runner = runnerOf(({ source }) => {
      if (numberIn(source) === 1) control.stopAfterRun();
      return scored(5);
    });
    const end = await runLoop(await contextOver(disk, { runner }), control);
    expect(end).toBe("stopped");
    expect(studyOn(disk).records.map((r) => r.number)).toEqual([0, 1]);
    expect(disk.journal).toMatchObject({ slot: null });
  });

  it("stops now without an experiment, and repeats that run when started again", async () => {
    const disk = emptyDisk({ limit: 2 });
    const control = new Control();
    const hanging = runnerOf(({ source }) => {
      if (numberIn(source) === 0) return scored(5);
      setTimeout(() => {
        control.stopNow();
      });
      return null;
    });
    expect(await runLoop(await contextOver(disk, { runner: hanging }), control)).toBe("stopped");
    expect(disk.commits.length).toBe(1);
    expect(disk.journal).toMatchObject({ slot: { number: 1, runs: [] } });
    const changed = countingResearcher(() => {
      throw new Error("nobody should be asked for what was already proposed");
    });
    const again = runnerOf(() => scored(4));
    await runLoop(
      await contextOver(disk, { runner: again, researcher: { ...changed, free: false } }),
      new Control(),
    );
    expect(again.requests[0]).toMatchObject({ source: sourceOf(1), seed: 1 });
    expect(studyOn(disk).records.map((r) => r.hypothesis)).toContain("Try 1");
  });

  it("slows down and says so when everything crashes, and a stop ends the wait", async () => {
    const disk = emptyDisk({ limit: 6 });
    const clock = testClock();
    const { heard, listener } = hearing();
    const runner = runnerOf(() => failed("crash", "train.ts:9: boom"));
    await runLoop(await contextOver(disk, { runner, clock, listener }), new Control());
    expect(clock.slept).toEqual([5000, 10000, 20000]);
    expect(heard.notices.at(-1)).toContain("6 experiments in a row failed, the last with: train.ts:9: boom");
    expect([0, 3, 4, 20].map(waitAfter)).toEqual([0, 0, 5000, 300000]);
  });

  it("runs as often as its rule asks, with the lab's seeds", async () => {
    const disk = emptyDisk({ limit: 1 });
    const runner = runnerOf(({ seed }) => scored(seed));
    const rule: Rule = {
      name: "paired",
      decide: ({ candidate }) =>
        candidate.length < 3
          ? { verdict: "replicate", reason: "", evidence: null }
          : { verdict: "keep", reason: "three", evidence: null },
    };
    await runLoop(await contextOver(disk, { runner, rule }), new Control());
    expect(runner.requests.map((r) => r.seed)).toEqual([1, 2, 3]);
    expect(studyOn(disk).records[0]).toMatchObject({ valBpb: 2, reason: "three" });
  });
});
