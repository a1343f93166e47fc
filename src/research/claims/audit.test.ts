// Contradictions in a study's notebook. An honest study is read from a bundle and written again with one change.
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import { memoryStore, openRepository, type Repository, type Trailer } from "../../repo/index.ts";
import { installLocks } from "../../repo/testing/power-cut.ts";
import { auditNotebook, type Entry, linesOf } from "./audit.ts";
import { contradicted, papersOfBundle } from "./claim.ts";
import { RESULTS_HEADER, resultsRow } from "../study/notebook.ts";
import { recordFile, recordPath } from "../study/record-file.ts";
import type { StoredRecord } from "../contract/experiment.ts";

const FIXTURE = new URL("../../../tests/fixtures/stores/study-of-version-1.bundle", import.meta.url);

/** The change made to the study; `n` is the number of an experiment. */
interface Lie {
  readonly tag?: string;
  arena?(n: number, text: string): string;
  trailers?(n: number, trailers: readonly Trailer[]): readonly Trailer[];
  record?(n: number, record: StoredRecord): StoredRecord | string | null;
  /** The path of the record. */
  path?(n: number): string;
  row?(n: number, row: string): string;
  results?(n: number, text: string): string;
  keep?(n: number, keep: boolean): boolean;
}

let honest: readonly Entry[];
let source: Repository;
let root: string;

beforeAll(async () => {
  installLocks();
  source = await openRepository({ store: memoryStore() });
  const papers = await papersOfBundle(source, await source.importBundle(readFileSync(FIXTURE), "from"));
  root = papers.root;
  ({ entries: honest } = await auditNotebook(papers));
});

/** Writes the study again with a lie in it, and audits that. */
async function audited(lie: Lie = {}) {
  const repository = await openRepository({ store: memoryStore() });
  const files = async (commit: string, n: number) => {
    const text = async (path: string) => [path, await source.readFile(commit, path)] as const;
    const found = Object.fromEntries(
      await Promise.all(["README.md", "arena.json", "program.md", "train.ts"].map(text)),
    );
    return { ...found, "arena.json": lie.arena?.(n, found["arena.json"] ?? "") ?? found["arena.json"] ?? "" };
  };
  const tag = lie.tag ?? "nov29";
  const first = await repository.createStudy({
    tag,
    subject: "Open",
    date: new Date(0),
    notebookFiles: { "results.tsv": RESULTS_HEADER },
    files: await files(root, -1),
  });
  let { incumbent: parent } = first;
  let rows = "";
  const made: string[] = [];
  for (const { number: n, experiment, record } of honest) {
    if (record === null) throw new Error(`the fixture has no record of #${n}`);
    const plain = { ...record, commit: undefined, parentCommit: undefined, source: undefined };
    const stored = JSON.parse(JSON.stringify(plain)) as StoredRecord;
    const written = lie.record === undefined ? stored : lie.record(n, stored);
    const path = lie.path?.(n) ?? recordPath(n);
    const keep = lie.keep?.(n, record.status === "keep") ?? record.status === "keep";
    const base = made[record.base ?? -1];
    const commit = await repository.commitExperiment({
      tag,
      parent,
      keep,
      subject: experiment.subject,
      date: new Date(record.finishedAt),
      ...(base === undefined ? {} : { base }),
      trailers: lie.trailers?.(n, experiment.trailers) ?? experiment.trailers,
      files: await files(experiment.oid, n),
      notebookFiles: (oid) => {
        const row = resultsRow({ ...record, commit: oid });
        rows += lie.row?.(n, row) ?? row;
        const text = typeof written === "string" || written === null ? written : recordFile(written);
        const results = RESULTS_HEADER + rows;
        return {
          "results.tsv": lie.results?.(n, results) ?? results,
          ...(text === null ? {} : { [path]: text }),
        };
      },
    });
    made.push(commit.experiment);
    if (keep) parent = commit.experiment;
  }
  const [study] = await repository.listStudies();
  const papers = await papersOfBundle(repository, [
    { branch: `autoresearch/${tag}`, oid: study?.incumbent ?? "" },
    { branch: `notebook/${tag}`, oid: study?.notebook ?? "" },
  ]);
  const audit = await auditNotebook(papers);
  return { papers, audit, lines: linesOf(audit.contradictions, -1) };
}

const set = (key: string, value: string) => (trailers: readonly Trailer[]) =>
  trailers.map(([name, old]): Trailer => [name, name === key ? value : old]);

describe("an honest study", () => {
  it("of an earlier version has no contradictions", async () => {
    const { lines, audit } = await audited();
    expect(lines).toEqual([]);
    expect(audit.entries.map(({ record }) => record?.status)).toEqual([
      "keep",
      "keep",
      "crash",
      "discard",
      "invalid",
      "keep",
      "keep",
    ]);
    const papers = await papersOfBundle(source, await source.importBundle(readFileSync(FIXTURE), "from"));
    expect((await auditNotebook(papers)).contradictions).toEqual([]);
  });
});

describe("a study that contradicts itself", () => {
  const score = /its commit says Val-Bpb 1\.000000, its record 4\.499700/;
  const lies: [string, Lie, RegExp][] = [
    ["every score in the trailers rewritten", { trailers: (_n, t) => set("Val-Bpb", "1.000000")(t) }, score],
    ["one score", { trailers: (n, t) => (n === 1 ? set("Val-Bpb", "1.000000")(t) : t) }, score],
    [
      "NaN as a score",
      { trailers: (n, t) => (n === 1 ? set("Val-Bpb", "NaN")(t) : t) },
      /^#1: its commit says Val-Bpb NaN, which is not a number, its record 4\.499700$/,
    ],
    [
      "1e309 as a score",
      { trailers: (n, t) => (n === 1 ? set("Val-Bpb", "1e309")(t) : t) },
      /^#1: its commit says Val-Bpb 1e309, which is not a number/,
    ],
    [
      "a trailer twice",
      { trailers: (n, t) => (n === 1 ? [...t, ["Val-Bpb", "4.499700"]] : t) },
      /^#1: its commit has Val-Bpb 2 times$/,
    ],
    [
      "a trailer taken out",
      { trailers: (n, t) => (n === 1 ? t.filter(([key]) => key !== "Val-Bpb") : t) },
      /^#1: its commit says Val-Bpb nothing, its record 4\.499700$/,
    ],
    [
      "a score for a crash",
      { trailers: (n, t) => (n === 2 ? [...t, ["Val-Bpb", "1.000000"]] : t) },
      /^#2: its commit says Val-Bpb 1\.000000, its record nothing$/,
    ],
    [
      "a status rewritten",
      { trailers: (n, t) => (n === 3 ? set("Status", "keep")(t) : t) },
      /^#3: its commit says Status keep, its record discard$/,
    ],
    [
      "a budget rewritten",
      { trailers: (n, t) => (n === 1 ? set("Budget", "10")(t) : t) },
      /^#1: its commit says Budget 10, its record 20$/,
    ],
    [
      "results.tsv alone",
      { row: (n, row) => (n === 1 ? row.replace("4.499700", "1.000000") : row) },
      /^#1: results\.tsv says val_bpb 1\.000000, its record 4\.499700$/,
    ],
    [
      "results.tsv alone, in the past",
      { results: (n, text) => (n === 1 ? text.replace("4.499700", "1.000000") : text) },
      /^#1: results\.tsv of its commit says val_bpb 1\.000000, its record 4\.499700$/,
    ],
    ["a row left out", { row: (n, row) => (n === 1 ? "" : row) }, /^#1: results\.tsv has no row of it$/],
    [
      "a row twice",
      { row: (n, row) => (n === 1 ? row + row : row) },
      /^the study: results\.tsv has 8 rows for 7 experiments$/,
    ],
    [
      "a row of another commit",
      { row: (n, row) => (n === 1 ? row.replace(/^.{7}/, "abcdef0") : row) },
      /^#1: results\.tsv says commit abcdef0, it is [0-9a-f]{7}$/,
    ],
    [
      "the record alone",
      { record: (n, r) => (n === 1 ? { ...r, valBpb: 1 } : r) },
      /^#1: its record says val_bpb 1.000000, its runs say 4\.499700$/,
    ],
    [
      "the record and its runs",
      {
        record: (n, r) =>
          n === 1 ? { ...r, valBpb: 1, runs: r.runs.map((run) => ({ ...run, valBpb: 1 })) } : r,
      },
      /^#1: its record says 1.000000 for seed 1, the chunks say 4\.499700$/,
    ],
    [
      "an incumbent made worse than it was",
      { record: (n, r) => (n === 5 ? { ...r, incumbentBpb: 9 } : r) },
      /^#5: its record says the incumbent had 9.000000, the incumbent's runs say 4\.499700$/,
    ],
    [
      "a record with 1e309 in it",
      { record: (n, r) => (n === 1 ? recordFile(r).replace(/"valBpb": [\d.]+/, '"valBpb": 1e309') : r) },
      /^#1: a record cannot be read: its valBpb is not a finite number or null/,
    ],
    [
      "a record that is no JSON",
      { record: (n, r) => (n === 1 ? "{" : r) },
      /^#1: a record cannot be read: it is not JSON/,
    ],
    [
      "a missing record",
      { record: (n, r) => (n === 1 ? null : r) },
      /^#1: the notebook has no record of it \(experiments-00\/0001/,
    ],
    [
      "swapped records",
      { path: (n) => recordPath(n === 1 ? 3 : n === 3 ? 1 : n) },
      /^#3: its record says it is #1$/,
    ],
    [
      "swapped commits",
      {
        trailers: (n, t) =>
          n === 1
            ? (honest[3]?.experiment.trailers ?? [])
            : n === 3
              ? (honest[1]?.experiment.trailers ?? [])
              : t,
      },
      /^#1: its commit says Experiment 3, its record 1$/,
    ],
    [
      "a study under another name",
      { tag: "nov30" },
      /^the study: its branches are called nov30, its arena\.json says nov29$/,
    ],
    [
      "an arena changed on the way",
      { arena: (n, text) => (n >= 3 ? text.replace('"windows": ', '"windows": 1') : text) },
      /^#3: its arena\.json is not the study's first$/,
    ],
    [
      "an arena changed from the start",
      { arena: (_n, text) => text.replace('"budgetSeconds": 20', '"budgetSeconds": 40') },
      /^#0: its commit says Budget 20, its record 40$/,
    ],
    [
      "a keep that was never on the study's branch",
      { keep: (n, keep) => keep && n !== 6 },
      /^the study: autoresearch\/nov29 is at [0-9a-f]{7}, the last kept experiment is [0-9a-f]{7}$/,
    ],
    [
      "a keep in the middle that was never on the study's branch",
      { keep: (n, keep) => keep && n !== 1 },
      /^#5: it was kept, but autoresearch\/nov29 never went from [0-9a-f]{7} to it$/,
    ],
    [
      "something kept that its record discards",
      { keep: (n, keep) => keep || n === 3 },
      /^#4: its commit goes on from [0-9a-f]{7}, its record from [0-9a-f]{7}$/,
    ],
  ];
  it.each(lies)("%s", async (_, lie, words) => {
    const { lines } = await audited(lie);
    expect(lines.filter((line) => words.test(line)).length, lines.join("\n")).toBeGreaterThan(0);
  });

  it("is reported with the contradictions of the requested experiment first, and nothing is run", async () => {
    const { papers, audit } = await audited({ trailers: (_n, t) => set("Val-Bpb", "1.000000")(t) });
    const found = contradicted(papers, audit, "5");
    expect(found).toMatchObject({ holds: false, number: 5, runs: 0, measured: null, claimed: 3.9997 });
    expect(found.reason).toMatch(
      /^the study contradicts itself, so nothing was run: #5: its commit says Val-Bpb 1\.000000, its record 3\.999700, and \d+ more$/,
    );
    expect(found.contradictions.length).toBeGreaterThan(5);
    expect(contradicted(papers, audit, null)).toMatchObject({ number: 6, commit: papers.line.oid });
    expect(contradicted(papers, audit, papers.line.oid.slice(0, 8)).number).toBe(6);
  });

  it("is reported in one line of bounded length without marks that reorder text", async () => {
    const { lines } = await audited({
      trailers: (n, t) => (n === 1 ? set("Device", `\u202egpj.exe${"x".repeat(9000)}`)(t) : t),
    });
    expect(lines[0]).toMatch(/^#1: its commit says Device gpj\.exex+…$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(301);
  });
});
