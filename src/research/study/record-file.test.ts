// The notebook's file of an experiment: a round trip, and files, journals and notebooks of version 1.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { memoryStore, openRepository, type Json } from "../../repo/index.ts";
import { installLocks } from "../../repo/testing/power-cut.ts";
import type { RunFigures } from "../../runner/index.ts";
import { scored } from "../testing/loop-fakes.ts";
import { parseJournal } from "./journal.ts";
import { keptCurve, keptFigures, keptStep, recordFile, recordPath, recordPaths } from "./record-file.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import { parseRecord } from "./record.ts";
import { openStudy } from "./study.ts";

const fixture = (name: string) =>
  readFileSync(new URL(`../../../tests/fixtures/stores/${name}`, import.meta.url));
beforeAll(installLocks);

/** The texts of experiment `number` in the notebook of the fixture. */
async function versionOne(number: number) {
  const repository = await openRepository({ store: memoryStore() });
  const branches = await repository.importBundle(fixture("study-of-version-1.bundle"), "v1");
  const book = branches.find(({ branch }) => branch.includes("notebook"))?.oid ?? "";
  const line = branches.find(({ branch }) => branch.includes("autoresearch"))?.oid ?? "";
  const text = await repository.readFile(book, `experiments/000${number}.json`);
  return { text, arena: await repository.readFile(line, "arena.json") };
}

describe("a record's file", () => {
  it("reads back the record that it wrote, with the notebook's curve and step", async () => {
    const old = parseRecord((await versionOne(5)).text);
    const { step } = old;
    if (step === undefined) throw new Error("the fixture has a step");
    const record: StoredRecord = { ...old, curve: keptCurve(old.curve, true), step: keptStep(step, true) };
    const back = parseRecord(recordFile(record));
    expect(back).toEqual(record);
    expect(parseRecord(recordFile(back))).toEqual(back);
    expect(recordFile(record).length).toBeLessThan(0.5 * (await versionOne(5)).text.length);
  });

  it("keeps a curve of any length within a thousandth of a nat and a thousandth of the run", () => {
    for (const [seconds, points] of [
      [0.7, 5],
      [20, 48],
      [300, 90],
      [40_000, 96],
    ] as const) {
      const curve = Array.from(
        { length: points },
        (_, i) => [(i * seconds) / points, 7 * Math.exp(-i / 9)] as const,
      );
      const kept = keptCurve(curve, true);
      for (const [i, [at, loss]] of kept.entries()) {
        expect(Math.abs(at - (curve[i]?.[0] ?? NaN))).toBeLessThanOrEqual(Math.max(1e-3, seconds / 1000));
        expect(Math.abs(loss - (curve[i]?.[1] ?? NaN))).toBeLessThanOrEqual(0.000501);
      }
    }
    const long = Array.from({ length: 5000 }, (_, i) => [i, 5] as const);
    expect([keptCurve(long, true).length, keptCurve(long, false).length]).toEqual([96, 32]);
    expect(
      keptCurve(
        [
          [0, NaN],
          [1, 3],
        ],
        true,
      ),
    ).toEqual([
      [0, NaN],
      [1, 3],
    ]);
    expect(keptCurve([], true)).toEqual([]);
  });

  it("keeps every figure of a run, and takes one that an older lab did not measure as not measured", async () => {
    const old = parseRecord((await versionOne(1)).text);
    expect(old.overheadSeconds).toBe(0);
    const { overheadSeconds, ...older } = { ...scored(2), overheadSeconds: 7.5, seconds: 20.00049 };
    const { status, valBpb, chunks, chunkBytes, sample, ...figures } = {
      ...older,
      seconds: 20,
      tokensPerSecond: 0.5,
    };
    expect(keptFigures({ ...older, overheadSeconds }, true)).toEqual({ ...figures, overheadSeconds: 7.5 });
    expect(keptFigures(older as unknown as RunFigures, true)).toEqual({ ...figures, overheadSeconds: 0 });
  });

  it("is a hundred to a folder", () => {
    expect(recordPath(7)).toBe("experiments-00/0007.json");
    expect(recordPath(12_345)).toBe("experiments-123/12345.json");
    expect(recordPaths(7)).toEqual([
      "experiments-00/0007.json",
      "experiments/00/0007.json",
      "experiments/0007.json",
    ]);
  });

  it("names the fault in a record of another origin", async () => {
    const record = parseRecord((await versionOne(1)).text);
    const file = recordFile(record);
    const wrong: [string, RegExp][] = [
      ["[]", /it is not a JSON object/],
      ["{", /it is not JSON/],
      [file.replace('"version": 3', '"version": 4'), /of another version of the lab, got 4/],
      [file.replace('"seed": 1', '"seed": "1"'), /its seed is not a finite number, got "1"/],
      [
        file.replace(/"valBpb": [\d.]+,\n/, '"valBpb": 1e309,\n'),
        /its valBpb is not a finite number or null/,
      ],
      [file.replace(/"curve": .*/, '"curve": {"seconds":[1]},'), /its curve is not a packed one/],
      [file.replace(/"stepMs": .*/, '"stepMs": ["a"],'), /its step is not a packed one/],
      [file.replace(/"runs": .*/, '"runs": [{"seed":1}],'), /its runs is not a list of scored runs/],
    ];
    for (const [text, words] of wrong) expect(() => parseRecord(text), text.slice(0, 60)).toThrow(words);
  });
});

it("of version 2 is read: times in tenths of a second, losses in thousandths, and all the words", () => {
  const record = parseRecord(fixture("record-of-version-2.json").toString());
  expect(record.curve.slice(0, 2)).toEqual([
    [3, 6.543],
    [9.2, 5.902],
  ]);
  expect(record.step?.kernels[0]?.ms).toBe(10);
  expect(record.hypothesis).toMatch(/^(Raise|Lower) /);
});

describe("version 1", () => {
  it("of the notebook is opened where it lies, and goes on in the new layout", async () => {
    const repository = await openRepository({ store: memoryStore() });
    const { arena } = await versionOne(0);
    const { incumbent } = await repository.createStudy({
      tag: "nov29",
      subject: "Open",
      date: new Date(0),
      notebookFiles: { "results.tsv": "" },
      files: { "arena.json": arena, "README.md": "x", "program.md": "x", "train.ts": "x" },
    });
    let parent = incumbent;
    for (const number of [0, 1]) {
      const { text } = await versionOne(number);
      const path = number === 0 ? "experiments/0000.json" : recordPath(1);
      const made = await repository.commitExperiment({
        tag: "nov29",
        parent,
        keep: true,
        subject: "x",
        date: new Date(0),
        trailers: [["Experiment", String(number)]],
        files: { "train.ts": `train ${number}` },
        notebookFiles: { [path]: number === 0 ? text : recordFile(parseRecord(text)) },
      });
      parent = made.experiment;
    }
    const study = await openStudy(repository, "nov29");
    expect(
      study.records.map(({ number, valBpb, curve, source }) => [number, valBpb, curve.length, source]),
    ).toEqual([
      [0, 4.999933333333333, 200, "train 0"],
      [1, 4.4997, 200, "train 1"],
    ]);
    expect(study.records[0]?.step?.kernels[0]).toMatchObject({ label: "matmul nn 512x256x32", ms: 9.9494 });
  });

  it("of the journal is read in the middle of an experiment", () => {
    const journal = parseJournal(JSON.parse(fixture("journal-of-version-1.json").toString()) as Json);
    expect(journal).toMatchObject({ tag: "nov29", active: true, limit: 20, slot: { number: 7 } });
    expect(journal.queue.map(({ hypothesis }) => hypothesis)).toEqual(["And another"]);
  });
});
