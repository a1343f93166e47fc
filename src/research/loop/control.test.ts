// The control text in the loop: candidates about to be kept and the baseline are scored on it, it can refuse a
// candidate, the record holds it, and researchers see no more of it than the reason of a refusal.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Brief } from "../../researchers/index.ts";
import type { RunRequest, RunResult } from "../../runner/index.ts";
import { Control } from "../experiment/context.ts";
import { runLoop } from "./loop.ts";
import { parseRecord } from "../study/record.ts";
import { recordFile } from "../study/record-file.ts";
import type { StudyFile } from "../study/study.ts";
import {
  contextOver,
  countingResearcher,
  type Disk,
  emptyDisk,
  numberIn,
  PAIRED,
  runnerOf,
  scoredIn,
  studyOn,
  TEST_ARENA,
} from "../testing/loop-fakes.ts";
import { cutsUpTo, runThrough } from "../testing/cuts.ts";

const CHUNKS = 12;
/** Bits per byte on both texts, by the N of train.ts: 2 knows the validation text by heart, 4 really is better. */
const SCORES: readonly (readonly [validation: number, control: number])[] = [
  ...([
    [5, 5.2],
    [5.1, 5.3],
    [3.27, 5.22],
    [5.05, 5.3],
    [4.5, 4.75],
    [4.4, 4.7],
  ] as const),
];

/** Answers as an engine would; `asked` collects the N of every run that was scored on the control text. */
function answer(request: RunRequest, asked: number[] = [], has = true): RunResult {
  const n = numberIn(request.source);
  const wobble = 0.001 * (request.seed % 3);
  const [validation, there] = SCORES[n] ?? [9, 9];
  const result = scoredIn(validation + wobble, 0.002 * n, CHUNKS);
  if (result.status !== "scored") return result;
  const { wantTest, wantControl = false } = request;
  const wanted = typeof wantTest === "function" && wantTest(result);
  if (!has || !(wanted || wantControl)) return wanted ? { ...result, testBpb: 1 } : result;
  asked.push(n);
  const { chunks, chunkBytes } = scoredIn(there + wobble, 0.003 * n, CHUNKS) as typeof result;
  const control = { bpb: there + wobble, chunks, chunkBytes };
  return { ...result, ...(wanted ? { testBpb: 1 } : {}), control };
}

async function night(file: StudyFile, asked: number[] = [], briefs: Brief[] = []): Promise<Disk> {
  const disk = emptyDisk({ limit: SCORES.length });
  const researcher = countingResearcher((brief) => briefs.push(brief));
  await runLoop(
    await contextOver(disk, { runner: runnerOf((request) => answer(request, asked)), researcher, file }),
    new Control(),
  );
  return disk;
}

describe.each([
  ["Karpathy's rule", TEST_ARENA],
  ["the paired rule", PAIRED],
])("a gain on the validation text alone, under %s", (_name, file) => {
  it("is not kept, and the reason gives both gains", async () => {
    const { records } = studyOn(await night(file), undefined, file);
    expect(records.map(({ status }) => status)).toEqual([
      "keep",
      "discard",
      "discard",
      "discard",
      "keep",
      "keep",
    ]);
    expect(records[2].reason).toMatch(
      /^3\.27\d\d: gain 1\.7\d\d\d ± 0\.00\d\d on the validation text, -0\.02\d\d ± 0\.00\d\d on the control text, which the noise of both does not explain/,
    );
    expect(records[2].lesson).toContain("helped on one text alone");
    expect(records[2].control?.compared).toMatchObject({ contradicted: true });
    expect(records[4].control?.compared).toMatchObject({ contradicted: false });
  });

  it("is requested for the baseline and for candidates about to be kept, and for nothing else", async () => {
    const asked: number[] = [];
    await night(file, asked);
    const opening = file.rule === "paired" ? [0, 0, 0] : [0];
    expect(asked).toEqual([...opening, 2, 4, 5]);
  });

  it("is hidden from researchers: its score is not in their history, and kept experiments do not show the control score", async () => {
    const briefs: Brief[] = [];
    const disk = await night(file, [], briefs);
    const last = briefs.at(-1);
    expect(last?.history[2]).toMatchObject({ status: "discard", valBpb: null });
    expect(last?.history[1].valBpb).toBeCloseTo(5.1, 1);
    const { records } = studyOn(disk, undefined, file);
    for (const { experiment } of disk.commits) {
      const { files, subject, body, trailers } = experiment;
      const notes = experiment.notebookFiles as Record<string, string>;
      const shown = JSON.stringify([
        files,
        subject,
        body,
        trailers,
        notes["results.tsv"],
        notes["learnings.md"],
      ]);
      expect(shown).not.toContain(String(records[4].control?.bpb));
    }
    expect(JSON.stringify(briefs)).not.toContain(String(records[4].control?.bpb));
  });
});

it("is kept where the incumbent was never scored on the control text, as in a study that began before", async () => {
  const disk = emptyDisk({ limit: 3 });
  await runLoop(
    await contextOver(disk, { runner: runnerOf((request) => answer(request, [], false)), file: TEST_ARENA }),
    new Control(),
  );
  const { records } = studyOn(disk);
  expect(records.map(({ status }) => status)).toEqual(["keep", "discard", "keep"]);
  expect(records.every((record) => !("control" in record))).toBe(true);
});

it("reads records from before there was a control text", async () => {
  const [first] = studyOn(await night(PAIRED), undefined, PAIRED).records;
  const { control, ...before } = first;
  expect(control).toBeDefined();
  expect(parseRecord(recordFile(before)).control).toBe(undefined);
});

it("comes to the same verdicts when the tab is closed at any write", async () => {
  const shape = (disk: Disk) =>
    studyOn(disk, undefined, PAIRED).records.map(({ status, reason, control }) => ({
      status,
      reason,
      control,
    }));
  const whole = shape(await night(PAIRED));
  await fc.assert(
    fc.asyncProperty(cutsUpTo(24), async (cuts) => {
      const disk = emptyDisk({ limit: SCORES.length });
      await runThrough(disk, cuts, (request) => answer(request), PAIRED);
      expect(shape(disk)).toEqual(whole);
    }),
    { numRuns: 40 },
  );
});
