// A record is recovered from its file, else from the message of either commit, else as a line that it is lost.
import { expect, it } from "vitest";
import type { CommitEntry } from "../../repo/index.ts";
import { NO_FIGURES } from "../../runner/index.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import { saidByCommit, wordsOf } from "../study/commit-fields.ts";
import { recordFile, recordPath } from "../study/record-file.ts";
import { notebookOf, readRecords, saidOf } from "./recover-records.ts";

const FACTS = { budgetSeconds: 20, windows: 8, corpusHash: "f".repeat(64) };

const record = (number: number): StoredRecord => ({
  ...NO_FIGURES,
  number,
  parent: null,
  status: "discard",
  hypothesis: `Try ${number}`,
  category: "numeric",
  researcher: "built-in",
  expected: null,
  falsify: null,
  valBpb: 2.5,
  incumbentBpb: 2,
  reason: "higher",
  lesson: "did not help",
  seed: 1,
  runs: [],
  incumbentRuns: [],
  chunkBytes: [],
  codeTokens: 3,
  evidence: null,
  hidden: null,
  sample: "",
  finishedAt: 1_790_000_000_000,
  wallSeconds: 1,
});

const commit = (number: number, oid: string, parents: string[], start = ""): CommitEntry => {
  const { subject, body, trailers } = wordsOf(record(number), FACTS);
  const author = { name: "a", email: "b" };
  const date = new Date(record(number).finishedAt);
  return { oid, tree: "", parents, message: "", subject: start + subject, body, trailers, author, date };
};

const experiments = [0, 1, 2].map((n) => commit(n, `e${n}`, ["root"]));
const entries = [0, 1, 2].map((n) =>
  commit(n, `n${n}`, [n === 0 ? "open" : `n${n - 1}`, `e${n}`], "discard: "),
);
const byNumber = (commits: readonly CommitEntry[], numbers: readonly number[]) =>
  new Map(numbers.map((n) => [n, commits[n] as CommitEntry]));

const files = (broken: number | null) => ({
  listFiles: () => Promise.resolve([0, 1, 2].map(recordPath)),
  readFile: (_: string, path: string) => {
    const n = [0, 1, 2].find((number) => recordPath(number) === path) ?? 0;
    const text = recordFile(record(n), saidByCommit(record(n), FACTS));
    return Promise.resolve(n === broken ? "not a record" : text);
  },
});

it("is whole with the message of the experiment's commit, or of the notebook's where that is lost", async () => {
  const left = byNumber(experiments, [0, 2]);
  const notebook = notebookOf([...entries, ...left.values()], left, "n2");
  expect([...notebook.keys()].sort()).toEqual([0, 1, 2]);
  const records = await readRecords(files(null), notebook, left);
  for (const n of [0, 1, 2]) expect(records.get(n)).toEqual(record(n));
});

it("does not take others along when its file is no record", async () => {
  const all = byNumber(experiments, [0, 1, 2]);
  const records = await readRecords(files(1), byNumber(entries, [0, 1, 2]), all);
  expect([...records.keys()].sort()).toEqual([0, 2]);
});

it("comes from the commits where the file is lost, and is a crash where the commits are lost too", () => {
  const { hypothesis, reason, lesson, seed, valBpb, status } = record(1);
  const said = { hypothesis, reason, lesson, seed, valBpb, status, number: 1 };
  expect(saidOf(1, experiments[1], undefined)).toMatchObject(said);
  expect(saidOf(1, undefined, entries[1])).toMatchObject(said);
  expect(saidOf(1, undefined, undefined)).toMatchObject({ hypothesis: "Lost", status: "crash", number: 1 });
});
