// Fields that a record's file leaves out are read back from the commit, with any wording.
import { beforeAll, describe, expect, it } from "vitest";
import { memoryStore, openRepository } from "../../repo/index.ts";
import { installLocks } from "../../repo/testing/power-cut.ts";
import { NO_FIGURES } from "../../runner/index.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import { fieldsOf, saidByCommit, wordsOf } from "./commit-fields.ts";
import { keptFigures, keptRuns, keptSample, recordFile } from "./record-file.ts";
import { parseRecord } from "./record.ts";

beforeAll(installLocks);

const FACTS = { budgetSeconds: 300, windows: 352, corpusHash: "0".repeat(64) };
const RECORD: StoredRecord = {
  ...NO_FIGURES,
  number: 3,
  parent: 0,
  base: null,
  status: "discard",
  hypothesis: "Raise EMBED_LR from 0.2 to 0.3",
  category: "numeric",
  researcher: "built-in",
  expected: null,
  falsify: null,
  valBpb: 1.3333333333,
  incumbentBpb: 1.25,
  reason: "1.3333 is higher than the incumbent's 1.2500",
  lesson: "Raise EMBED_LR from 0.2 to 0.3: did not help",
  seed: 1,
  runs: [],
  incumbentRuns: [],
  chunkBytes: [],
  codeTokens: 800,
  evidence: null,
  hidden: null,
  tokens: 12_901_618,
  tokensPerSecond: 42_960,
  steps: 6378,
  seconds: 300.3,
  device: "apple metal-3",
  sample: "",
  finishedAt: 1_790_131_670_000,
  wallSeconds: 330,
};

/** The record as read back from a commit made of it. */
async function roundTrip(record: StoredRecord) {
  const repository = await openRepository({ store: memoryStore() });
  const { incumbent } = await repository.createStudy({
    tag: "t",
    subject: "Open",
    date: new Date(0),
    files: { "train.ts": "y" },
    notebookFiles: { "results.tsv": "" },
  });
  const text = recordFile(record, saidByCommit(record, FACTS));
  await repository.commitExperiment({
    tag: "t",
    parent: incumbent,
    keep: false,
    ...wordsOf(record, FACTS),
    files: { "train.ts": "x" },
    notebookFiles: { "r.json": text },
    date: new Date(record.finishedAt),
  });
  const [entry] = await repository.log("notebook/t", 1);
  const experiment = await repository.readCommit(entry?.parents[1] ?? "");
  return { text, entry, back: parseRecord(text, fieldsOf(experiment)) };
}

describe("a record whose commit says most of it", () => {
  it("leaves out the fields of the commit and restores them", async () => {
    const { text, back, entry } = await roundTrip(RECORD);
    expect(back).toEqual(RECORD);
    expect(Object.keys(JSON.parse(text) as object)).not.toEqual(
      expect.arrayContaining(["hypothesis"]) as string[],
    );
    expect(text).not.toMatch(/Raise|built-in|42960|"seconds": 3|1790131670/);
    expect(text).toContain('"valBpb": 1.3333333333');
    expect(entry?.message.startsWith("discard: Raise EMBED_LR from 0.2 to 0.3\n")).toBe(true);
  });
  it.each<[string, Partial<StoredRecord>]>([
    ["a long hypothesis", { hypothesis: `Widen ${"the model ".repeat(20)}now` }],
    ["one of several lines", { hypothesis: "One\nand two\n\nand three" }],
    ["one that ends as if it was cut", { hypothesis: "Wait for it…" }],
    ["one that begins with a status", { hypothesis: "discard: all of it" }],
    ["one with a trailer in it", { hypothesis: "Try\n\nSeed: 7\nTokens: 1" }],
    ["an empty one", { hypothesis: "" }],
    ["controls that change the direction", { hypothesis: "a\u202eb", reason: "c\u202ed", lesson: "e\tf" }],
    ["spaces at the ends", { hypothesis: " a  b ", reason: " c ", researcher: "d " }],
    ["no words at all", { reason: "", lesson: "", category: "", researcher: "", device: "" }],
    ["a reason of several lines", { reason: "TypeError\n  at train.ts:3" }],
    ["numbers that trailers round", { seconds: 20.12, tokensPerSecond: 0.5, finishedAt: 1_790_131_670_123 }],
    ["nothing that was run", { tokens: 0, seconds: 0, tokensPerSecond: 0, steps: 0, valBpb: null }],
    ["a forecast and its condition", { expected: "-0.01", falsify: "it is higher" }],
  ])("%s", async (_, change) => {
    const record = { ...RECORD, ...change };
    expect((await roundTrip(record)).back).toEqual(record);
  });
});

it("ignores a trailer that is not a number", () => {
  const trailers = [
    ["Tokens", "NaN"],
    ["Seed", "1e999"],
    ["Steps", "0x10"],
    ["Status", "splendid"],
  ] as const;
  const said = fieldsOf({ subject: "s", body: "", trailers, date: new Date(NaN) });
  expect(said).toEqual({ hypothesis: "s" });
});

it("stores fewer digits and points of a discarded experiment", () => {
  const kernels = [0.3912, 9.87, 33.3].map((ms) => ({
    label: "k",
    file: "f",
    ms,
    count: 1,
    flops: 1,
    bytes: 1,
  }));
  const memory = { parameters: 1, state: 1, kept: 1, activations: 1, peak: 1, limit: 1 };
  const curve = Array.from({ length: 500 }, (_, i) => [i * 0.6, 7 - i / 100 + 0.0043] as const);
  const run = { ...RECORD, curve, step: { kernels, modelFlops: 1, memory } };
  const times = (kept: boolean) => keptFigures(run, kept).step?.kernels.map(({ ms }) => ms);
  expect(times(true)).toEqual([0.39, 9.9, 33]);
  expect(times(false)).toEqual([0.4, 9.8, 33.2]); // hundredths of 44 ms, in fifths of a millisecond
  for (const [at, loss] of keptFigures(run, false).curve) {
    expect(at).toBe(Math.round(at));
    expect(loss).toBeCloseTo(Math.round(loss * 100) / 100, 9);
  }
  const runs = [{ seed: 1, valBpb: 1.23456789, chunks: [1.234567] }];
  expect([keptRuns(runs, true)[0]?.chunks, keptRuns(runs, false)[0]?.chunks]).toEqual([[1.234567], [1.2346]]);
  expect([...keptSample("ä".repeat(500), false)]).toHaveLength(64);
  expect([...keptSample("ä".repeat(500), true)]).toHaveLength(500);
});
