// The loop under the paired rule: turns, seeds, resuming in the middle, the record, the hidden test.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Brief } from "../../researchers/index.ts";
import type { RunEvent, RunRequest, RunResult } from "../../runner/index.ts";
import { runLoop } from "./loop.ts";
import { Control } from "../experiment/context.ts";
import { EarlyStop } from "../experiment/early-stop.ts";
import { runsOf, studyNoise } from "../study/study.ts";
import {
  aborted,
  contextOver,
  countingResearcher,
  type Cut,
  type Disk,
  emptyDisk,
  failed,
  hearing,
  numberIn,
  PAIRED,
  runnerOf,
  scoredIn,
  sourceOf,
  studyOn,
} from "../testing/loop-fakes.ts";
import { cutsUpTo, runThrough } from "../testing/cuts.ts";

/** True scores by experiment; a seed moves each by a thousandth either way. */
const TRUTH = [5, 4.9995, 4.5, 4.4989, 6, 4.4];
const noise = (n: number, seed: number) => [0, 0.001, -0.001, 0.0004, -0.0006][(seed * 3 + n) % 5] ?? 0;
const judge = ({ source, seed }: Pick<RunRequest, "source" | "seed">): RunResult => {
  const n = numberIn(source);
  return scoredIn((TRUTH[n] ?? 9) + noise(n, seed), 0.0001 * n);
};
const study = (disk: Disk) => studyOn(disk, sourceOf(0), PAIRED);

describe("the loop under the paired rule", () => {
  it("runs with the kernels its first run measured, and writes them down once", async () => {
    const disk = emptyDisk({ limit: 2 });
    const tuning = { generation: 1, adapter: "a", choices: { "matmul nn 8x8x8": "tile 64x64" } };
    const runner = runnerOf((request) => ({
      ...judge(request),
      ...(request.tuning?.length ? {} : { tuning }),
    }));
    const { listener } = hearing();
    await runLoop(await contextOver(disk, { runner, listener, file: PAIRED }), new Control());
    const given = runner.requests.map((request) => request.tuning);
    expect(given).toEqual(given.map((_, i) => (i === 0 ? [] : [tuning])));
    expect(given.length).toBeGreaterThan(3);
    expect(study(disk).records.map((record) => record.tuning)).toEqual([tuning, undefined]);
  });
  it("opens with the baseline under three seeds, decides clear cases at once and replicates near ties in turn", async () => {
    const disk = emptyDisk({ limit: 6 });
    const runner = runnerOf(judge);
    const { heard, listener } = hearing();
    await runLoop(await contextOver(disk, { runner, listener, file: PAIRED }), new Control());
    const { records } = study(disk);
    expect(records.map((r) => r.status)).toEqual(["keep", "discard", "keep", "keep", "discard", "keep"]);
    // The lab chooses the seeds: run k of a train.ts has the study's seed plus k, in whichever experiment it runs.
    const asked = runner.requests.map((r) => [numberIn(r.source), r.seed]);
    expect(asked).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [1, 1],
      [0, 4],
      [1, 2],
      [0, 5],
      [1, 3],
      [2, 1],
      [3, 1],
      [2, 2],
      [3, 2],
      [2, 3],
      [3, 3],
      [4, 1],
      [5, 1],
    ]);
    expect(heard.turns.slice(0, 8)).toEqual([
      "candidate 1",
      "candidate 2",
      "candidate 3",
      "candidate 1",
      "incumbent 1",
      "candidate 2",
      "incumbent 2",
      "candidate 3",
    ]);
    expect(records.map((r) => [r.runs.length, r.incumbentRuns.length])).toEqual([
      [3, 0],
      [3, 2],
      [1, 0],
      [3, 2],
      [1, 0],
      [1, 0],
    ]);
  });

  it("gives each run the noise that the study has measured so far", async () => {
    const disk = emptyDisk({ limit: 3 });
    const runner = runnerOf(judge);
    await runLoop(await contextOver(disk, { runner, file: PAIRED }), new Control());
    const noises = runner.requests.map(({ noise }) => noise);
    // Three runs of the baseline measure it.
    expect(noises.slice(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(noises.length).toBeGreaterThan(3);
    for (const noise of noises.slice(3)) expect(noise).toBeGreaterThan(0);
  });

  it("writes every run, the gain and its probability into the notebook and the commit", async () => {
    const disk = emptyDisk({ limit: 3 });
    await runLoop(await contextOver(disk, { runner: runnerOf(judge), file: PAIRED }), new Control());
    const now = study(disk);
    const [baseline, tie, win] = now.records;
    if (!baseline || !tie || !win) throw new Error("three experiments");
    expect(runsOf(now, baseline).map((r) => r.seed)).toEqual([1, 2, 3, 4, 5]);
    expect(tie.evidence?.better).toBeGreaterThan(0.4);
    expect(tie.evidence?.better).toBeLessThan(0.965);
    expect(win.evidence?.better).toBeGreaterThan(0.995);
    expect(win.evidence).toMatchObject({ degrees: 6 });
    // Judged against all runs of the incumbent, not against the one it was kept for.
    const all = runsOf(now, baseline).map((r) => r.valBpb);
    expect(win.incumbentBpb).toBeCloseTo(all.reduce((a, b) => a + b, 0) / all.length, 9);
    expect(studyNoise(now)?.degrees).toBe(6);
    const trailers = new Map(disk.commits[1]?.experiment.trailers);
    expect(trailers.get("Runs")).toBe("3");
    expect(trailers.get("Incumbent-Runs")).toBe("2");
    expect(trailers.get("P-Better")).toBe(tie.evidence?.better.toFixed(4));
    expect(trailers.get("Gain")).toMatch(/^-?0\.\d{6} ± 0\.\d{6}$/);
    expect(Number(trailers.get("Noise"))).toBeGreaterThan(0);
  });

  it("calls a candidate that crashes under any of its seeds a crash, and goes on without an incumbent's run", async () => {
    const disk = emptyDisk({ limit: 3 });
    const { heard, listener } = hearing();
    const runner = runnerOf((request) => {
      const n = numberIn(request.source);
      if (n === 0 && request.seed === 4) return failed("crash", "train.ts:1: bad luck");
      return n === 2 && request.seed === 2 ? failed("crash", "train.ts:2: no") : judge2(request);
    });
    const judge2 = ({ source, seed }: RunRequest) =>
      scoredIn(5 - 0.0002 * numberIn(source) + noise(numberIn(source), seed));
    await runLoop(await contextOver(disk, { runner, listener, file: PAIRED }), new Control());
    const { records } = study(disk);
    expect(records[1]).toMatchObject({ status: "discard" });
    expect(records[1]?.incumbentRuns.map((r) => r.seed)).toEqual([5]);
    expect(records[2]).toMatchObject({ status: "crash", valBpb: null, reason: "train.ts:2: no" });
    expect(heard.notices.join()).toContain("A fresh run of the incumbent ended as crash");
  });

  it("begins with a first train.ts that ran, though it crashed under another seed, and says so", async () => {
    const disk = emptyDisk({ limit: 1 });
    const { heard, listener } = hearing();
    const runner = runnerOf((request) =>
      request.seed === 2 ? failed("crash", "train.ts:7: NaN") : judge(request),
    );
    await runLoop(await contextOver(disk, { runner, listener, file: PAIRED }), new Control());
    const [baseline] = study(disk).records;
    expect(baseline).toMatchObject({ status: "keep", tokens: 10 });
    expect(baseline?.runs.length).toBe(1);
    expect(baseline?.reason).toBe("scored under 1 of 2 seeds, then: train.ts:7: NaN");
    expect(heard.notices.join()).toContain("crashed under another seed");
  });

  it("scores the hidden test for new incumbents alone, once the verdict is known", async () => {
    const disk = emptyDisk({ limit: 6 });
    const asked: [number, number][] = [];
    const runner = runnerOf((request) => {
      const result = judge(request);
      if (result.status !== "scored") return result;
      const { wantTest } = request;
      const wanted = typeof wantTest === "function" ? wantTest(result) : wantTest === true;
      if (!wanted) return result;
      asked.push([numberIn(request.source), request.seed]);
      return { ...result, testBpb: 7.125 + numberIn(request.source) };
    });
    const briefs: Brief[] = [];
    const researcher = countingResearcher((brief) => briefs.push(brief));
    await runLoop(await contextOver(disk, { runner, researcher, file: PAIRED }), new Control());
    const { records } = study(disk);
    // The run that decides: the baseline's third, and the near tie's third, and the only ones of the clear wins.
    expect(asked).toEqual([
      [0, 3],
      [2, 1],
      [3, 3],
      [5, 1],
    ]);
    expect(records.map((r) => r.hidden?.testBpb ?? null)).toEqual([7.125, null, 9.125, 10.125, null, 12.125]);
    expect(records[2]?.hidden?.valBpb).toBe(records[2]?.runs.at(-1)?.valBpb);
    // Researchers never see it: it is in no brief and in no file of the commit.
    const text = JSON.stringify(briefs);
    expect(briefs.length).toBeGreaterThan(5);
    expect(text).not.toMatch(/\.125|hidden|testBpb/);
    for (const { experiment } of disk.commits) {
      const { files, subject, body, trailers, notebookFiles } = experiment;
      expect(JSON.stringify({ files, subject, body, trailers })).not.toMatch(/\.125|hidden|testBpb/);
      const notes = notebookFiles as Record<string, string>;
      expect(`${notes["results.tsv"] ?? ""}${notes["learnings.md"] ?? ""}`).not.toMatch(/\.125|[Hh]idden/);
    }
  });
});

describe("a run far behind", () => {
  const curve = (rate: number) =>
    Array.from({ length: 100 }, (_, i) => [(i + 1) / 100, 5 - rate * ((i + 1) / 100)] as const);

  it("is one whose loss has not reached the incumbent's loss at half that time, judged from two fifths of the run on", () => {
    const hopeless = new EarlyStop(curve(2), 1);
    const line = curve(0.5).map((point) => hopeless.add([point]));
    expect(line.findIndex((found) => found !== null)).toBe(39);
    expect(line[39]).toMatch(
      /^stopped early: at 0 s its loss is 4\.8\d\d, the incumbent's was 4\.6\d\d at 0 s$/,
    );
    const slow = new EarlyStop(curve(2), 1);
    expect(
      curve(1.2)
        .map((point) => slow.add([point]))
        .filter((found) => found !== null),
    ).toEqual([]);
    const unknown = new EarlyStop([], 1);
    expect(
      curve(-9)
        .map((point) => unknown.add([point]))
        .filter((found) => found !== null),
    ).toEqual([]);
  });

  it("is stopped when the study says so, and recorded as a discard with the reason", async () => {
    const outcome = async (earlyStop: boolean) => {
      const disk = emptyDisk({ limit: 2 });
      let finished = 0;
      const runner = {
        run: async (request: RunRequest, onEvent: (event: RunEvent) => void, signal: AbortSignal) => {
          const first = numberIn(request.source) === 0;
          const points = curve(first ? 2 : 0.1);
          onEvent({ type: "steps", step: 1, seconds: 1, tokens: 1, points, logs: {} });
          await Promise.resolve();
          if (signal.aborted) {
            const result = aborted("the run was stopped");
            return { ...result, cause: "stopped" as const, retry: false } as RunResult;
          }
          finished++;
          return { ...scoredIn(first ? 3 : 4), curve: points } as RunResult;
        },
      };
      const file = { ...PAIRED, rule: "karpathy" as const, earlyStop };
      await runLoop(await contextOver(disk, { runner, file }), new Control());
      return { record: studyOn(disk).records[1], finished };
    };
    const stopped = await outcome(true);
    expect(stopped.record).toMatchObject({ status: "discard", valBpb: null, runs: [], evidence: null });
    expect(stopped.record?.reason).toMatch(/^stopped early/);
    expect(stopped.finished).toBe(1);
    const whole = await outcome(false);
    expect(whole.record).toMatchObject({ status: "discard", valBpb: 4 });
  });
});

describe("a tab closed at any write of a replication", () => {
  const shape = (disk: Disk) =>
    study(disk).records.map((r) => [
      r.number,
      r.parent,
      r.status,
      r.valBpb,
      r.incumbentBpb,
      r.source,
      r.commit,
      r.evidence,
      r.hidden,
      ...[r.runs, r.incumbentRuns].map((runs) => runs.map(({ seed, valBpb }) => [seed, valBpb])),
    ]);
  async function whole(cuts: readonly Cut[]) {
    const disk = emptyDisk({ limit: 5 });
    return { disk, runs: await runThrough(disk, cuts, judge, PAIRED) };
  }

  it("ends in the same study: same runs, same seeds, same verdicts; only a run that was cut off is repeated", async () => {
    const untouched = await whole([]);
    expect(study(untouched.disk).records.map((r) => r.runs.length)).toEqual([3, 3, 1, 3, 1]);
    await fc.assert(
      fc.asyncProperty(cutsUpTo(24), async (list) => {
        const { disk, runs } = await whole(list);
        expect(shape(disk)).toEqual(shape(untouched.disk));
        expect(runs).toBeLessThanOrEqual(untouched.runs + list.length);
        expect(disk.journal).toMatchObject({ slot: null });
      }),
      { numRuns: 100 },
    );
  });
});
