// Reads records of a damaged study. Fields that a record's file leaves out come from the experiment's commit, or its
// entry in the notebook, which has the same message. Where the file is lost, these fields are the record.
import { LabError } from "../../error.ts";
import { type CommitEntry, numberOf, type Repository } from "../../repo/index.ts";
import { NO_FIGURES } from "../../runner/index.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import { fieldsOf } from "../study/commit-fields.ts";
import { parseRecord } from "../study/record.ts";
import { recordPaths } from "../study/record-file.ts";

export type Files = Pick<Repository, "readFile" | "listFiles">;
type ByNumber = ReadonlyMap<number, CommitEntry>;

/** A notebook's entries by number: those of the readable experiments, and all their predecessors. */
export function notebookOf(commits: readonly CommitEntry[], experiments: ByNumber, tip: string): ByNumber {
  const byName = new Map(commits.map((commit) => [commit.oid, commit]));
  const entries = new Map<number, CommitEntry>();
  const starts = commits.filter((commit) => experiments.get(numberOf(commit))?.oid === commit.parents[1]);
  for (const start of [byName.get(tip), ...starts]) {
    let entry = start;
    while (entry !== undefined && entry.parents.length > 1 && !entries.has(numberOf(entry))) {
      entries.set(numberOf(entry), entry);
      entry = byName.get(entry.parents[0] ?? "");
    }
  }
  return entries;
}

/** Records by number. The newest notebook entry holds all of them; older entries serve where its tree is broken. */
export async function readRecords(
  repository: Files,
  entries: ByNumber,
  experiments: ByNumber,
): Promise<Map<number, StoredRecord>> {
  const records = new Map<number, StoredRecord>();
  const newestFirst = [...entries].sort(([a], [b]) => b - a);
  const count = 1 + Math.max(-1, ...entries.keys(), ...experiments.keys());
  for (const [, { oid }] of newestFirst) {
    const paths = new Set(await soft(repository.listFiles(oid)));
    for (let number = 0; number < count; number++) {
      const path = recordPaths(number).find((path) => paths.has(path));
      if (path === undefined || records.has(number)) continue;
      const said = saidOf(number, experiments.get(number), entries.get(number));
      // A file that is not a record counts as missing; the other records are read all the same.
      const record = await soft(repository.readFile(oid, path).then((text) => parseRecord(text, said)));
      if (record !== null) records.set(number, record);
    }
    if (paths.size > 0) break;
  }
  return records;
}

/** The record as read from the two commits of an experiment; either may be lost. */
export function saidOf(
  number: number,
  experiment: CommitEntry | undefined,
  entry: CommitEntry | undefined,
): StoredRecord {
  if (experiment !== undefined) return { ...EMPTY, ...fieldsOf(experiment), number };
  if (entry === undefined) return lostRecord(number);
  const { status = "crash", hypothesis = "", ...said } = fieldsOf(entry);
  const start = `${status}: `;
  const own = hypothesis.startsWith(start) ? hypothesis.slice(start.length) : hypothesis;
  return { ...EMPTY, ...said, status, hypothesis: own, number };
}

/** The value that was read, or null where LabError `git` says that it is lost. Other errors are rethrown. */
export async function soft<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof LabError && error.code === "git") return null;
    throw error;
  }
}

const EMPTY = {
  ...NO_FIGURES,
  status: "crash",
  hypothesis: "",
  finishedAt: 0,
  parent: null,
  category: "",
  researcher: "",
  expected: null,
  falsify: null,
  valBpb: null,
  incumbentBpb: null,
  reason: "",
  lesson: "",
  seed: 0,
  runs: [],
  incumbentRuns: [],
  chunkBytes: [],
  codeTokens: 0,
  evidence: null,
  hidden: null,
  sample: "",
  wallSeconds: 0,
} as const;

function lostRecord(number: number): StoredRecord {
  const reason = "It was lost with a damaged store";
  return { ...EMPTY, number, status: "crash", hypothesis: "Lost", reason, lesson: reason, finishedAt: 0 };
}

/** The record as a crash: without its train.ts it cannot serve as an incumbent. */
export function withoutSource(record: StoredRecord): StoredRecord {
  if (record.status !== "keep") return record;
  const score = record.valBpb === null ? "" : ` at ${record.valBpb.toFixed(4)}`;
  return {
    ...record,
    status: "crash",
    reason: `Its train.ts was lost with a damaged store; it was kept${score}`,
  };
}
