import { describe, expect, it } from "vitest";
import * as notebook from "./notebook.ts";
import { recordFile } from "./record-file.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { thin, viewOf } from "./record.ts";

const record: ExperimentRecord = {
  number: 7,
  parent: 3,
  status: "keep",
  hypothesis: "Raise LR from 1 to 2: faster.\nMore words",
  category: "numeric",
  researcher: "built-in",
  expected: "a fall",
  falsify: null,
  valBpb: 2.1,
  incumbentBpb: 2.2,
  reason: "lower\tnow",
  lesson: "it helped",
  seed: 1,
  runs: [{ seed: 1, valBpb: 2.1, chunks: [2.123457, 2] }],
  probes: [],
  tokens: 1000,
  tokensPerSecond: 50.4,
  steps: 10,
  seconds: 20.04,
  overheadSeconds: 3.1,
  parameters: 99,
  peakBytes: 2 ** 29,
  incumbentRuns: [],
  chunkBytes: [10, 20],
  codeTokens: 50,
  evidence: null,
  hidden: null,
  device: "test",
  sample: "hi\nthere",
  curve: [[0, 7]],
  finishedAt: 0,
  wallSeconds: 30,
  commit: "0123456789abcdef",
  parentCommit: "f",
  source: "",
};

describe("results.tsv", () => {
  it("starts with autoresearch's five columns", () => {
    expect(notebook.RESULTS_HEADER).toMatch(/^commit\tval_bpb\tmemory_gb\tstatus\tdescription\t/);
    expect(notebook.RESULTS_HEADER.split("\t").length).toBe(notebook.resultsRow(record).split("\t").length);
  });
  it("keeps a row on one line for any text", () => {
    const row = notebook.resultsRow(record);
    expect(row.split("\n").length).toBe(2);
    expect(row.split("\t").slice(0, 5)).toEqual([
      "0123456",
      "2.100000",
      "0.500",
      "keep",
      "Raise LR from 1 to 2: faster. More words",
    ]);
    expect(row.split("\t").slice(-5)).toEqual(["lower now", "1", "", "", "\n"]);
  });
  it("cuts long texts and drops marks that would reorder a row", () => {
    const long = { ...record, hypothesis: `\u202eLower ${"the rate ".repeat(7300)}`, reason: "a\u2067b" };
    const cells = notebook.resultsRow(long).split("\t");
    expect(cells[4]).toMatch(/^Lower the rate .*…$/);
    expect(cells[4]?.length).toBe(300);
    expect(cells[17]).toBe("ab");
    expect(notebook.lessonOf(long).length).toBeLessThan(400);
    expect(JSON.parse(recordFile(long))).toMatchObject({ hypothesis: long.hypothesis });
    const view = viewOf(long);
    expect(view.hypothesis).toMatch(/^Lower the rate .*…$/);
    expect(view.hypothesis.length).toBe(300);
    expect(view.reason).toBe("ab");
  });
  it("writes a crash with zeros", () => {
    const row = notebook.resultsRow({ ...record, status: "crash", valBpb: null, peakBytes: 0 }).split("\t");
    expect(row.slice(1, 4)).toEqual(["0.000000", "0.000", "crash"]);
  });
});

describe("the commit", () => {
  it("carries every result as a trailer of one line", () => {
    const trailers = new Map(
      notebook.trailersOf(record, { budgetSeconds: 20, windows: 64, corpusHash: "abc" }),
    );
    for (const key of ["Val-Bpb", "Status", "Seed", "Tokens", "Steps", "Seconds", "Device"]) {
      expect(trailers.get(key), key).toBeTruthy();
    }
    for (const key of ["Researcher", "Lesson", "Budget", "Windows", "Corpus", "Incumbent"]) {
      expect(trailers.get(key), key).toBeTruthy();
    }
    expect(trailers.get("Reason")).toBe("lower now");
    expect(trailers.has("Runs")).toBe(false);
  });
  it("carries how sure the verdict is, where the noise is known", () => {
    const evidence = { gain: 0.0123456, standardError: 0.002, better: 0.99712, noise: 0.001, degrees: 2 };
    const run = record.runs[0];
    const sure = { ...record, evidence, runs: [run, run], incumbentRuns: [run] } as ExperimentRecord;
    const trailers = new Map(
      notebook.trailersOf(sure, { budgetSeconds: 20, windows: 64, corpusHash: "abc" }),
    );
    expect(trailers.get("Runs")).toBe("2");
    expect(trailers.get("Incumbent-Runs")).toBe("1");
    expect(trailers.get("Gain")).toBe("0.012346 ± 0.002000");
    expect(trailers.get("P-Better")).toBe("0.9971");
    expect(trailers.get("Noise")).toBe("0.001000");
    expect(notebook.resultsRow(sure).trim().split("\t").slice(-4)).toEqual([
      "2",
      "0.012346",
      "0.002000",
      "0.9971",
    ]);
  });
  it("has no score trailer for a crash", () => {
    const trailers = new Map(
      notebook.trailersOf({ ...record, valBpb: null }, { budgetSeconds: 1, windows: 1, corpusHash: "" }),
    );
    expect(trailers.has("Val-Bpb")).toBe(false);
    expect(trailers.has("Corpus")).toBe(false);
  });
  it("moves text that the subject cannot hold into the body", () => {
    expect(notebook.bodyOf(record)).toBe("More words\n\nExpected: a fall");
  });
});

describe("the lesson", () => {
  it("gives the change tried and its result", () => {
    const rest = record;
    expect(notebook.lessonOf(rest)).toBe("Raise LR from 1 to 2: helped, \u22120.1000 to 2.1000");
    expect(notebook.lessonOf({ ...rest, status: "crash", valBpb: null, reason: "train.ts:3: NaN" })).toBe(
      "Raise LR from 1 to 2: crashed. train.ts:3: NaN",
    );
    expect(notebook.lessonOf({ ...rest, status: "discard", valBpb: null, reason: "stopped early" })).toBe(
      "Raise LR from 1 to 2: did not help, stopped early",
    );
    expect(notebook.learningsLine({ ...record, lesson: "a\nb" })).toBe("- #7 keep: a b\n");
  });
});

describe("the notebook's file", () => {
  it("thins by means and leaves short curves alone", () => {
    expect(
      thin(
        [
          [0, 4],
          [2, 2],
          [4, 1],
          [6, 3],
        ],
        2,
      ),
    ).toEqual([
      [1, 3],
      [5, 2],
    ]);
    expect(thin([[0, 1]], 200)).toEqual([[0, 1]]);
  });
});
