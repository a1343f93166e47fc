// Looks for contradictions in a study's notebook: between every commit's trailers, its record, its row of results.tsv,
// its place in the chain and the branch of kept experiments. A study that contradicts itself gets no run to verify it.
import { LabError } from "../../error.ts";
import { type CommitEntry, type Repository, studyBranch } from "../../repo/index.ts";
import { excerpt, oneLine } from "../../text.ts";
import { metricsOf, metricValues } from "../verdict/metric-columns.ts";
import { resultsHeader, resultsRow, score, trailerEntries } from "../study/notebook.ts";
import { fieldsOf } from "../study/commit-fields.ts";
import { recordPath, recordPaths } from "../study/record-file.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { parseRecord } from "../study/record.ts";
import { candidateFile, type StudyFile } from "../study/study.ts";
import { meanBpb, type ScoredRun } from "../verdict/verdict.ts";

/** A study's two branches in a repository, with its tag, its first commit and its arena. */
export interface Papers {
  readonly repository: Pick<Repository, "log" | "readCommit" | "readFile" | "listFiles">;
  /** From the names of the branches. */
  readonly tag: string;
  readonly line: Branch;
  readonly notebook: Branch;
  /** First commit of the study. */
  readonly root: string;
  readonly file: StudyFile;
}

interface Branch {
  readonly branch: string;
  readonly oid: string;
}

interface Contradiction {
  /** The experiment it is about; null: the study as a whole. */
  readonly number: number | null;
  readonly text: string;
}

/** One entry of the notebook as it was found. */
export interface Entry {
  readonly number: number;
  readonly experiment: CommitEntry;
  /** Null when the notebook has no readable record of it. */
  readonly record: ExperimentRecord | null;
}

export interface Audit {
  /** In the order they were made. */
  readonly entries: readonly Entry[];
  readonly contradictions: readonly Contradiction[];
}

/** Reads a whole notebook. Throws LabError `git` only when commits cannot be read. */
export async function auditNotebook(papers: Papers): Promise<Audit> {
  const { repository, file, tag } = papers;
  const contradictions: Contradiction[] = [];
  const entries: Entry[] = [];
  const table = tableOf((await textAt(repository, papers.notebook.oid, "results.tsv")) ?? "");
  const arena = await textAt(repository, papers.root, "arena.json");
  if (file.study !== tag)
    contradictions.push(ofStudy(`its branches are called ${tag}, its arena.json says ${file.study}`));
  const pages = (await repository.log(papers.notebook.branch)).filter(({ parents }) => parents.length > 1);
  for (const [number, notebook] of pages.reverse().entries()) {
    const experiment = await repository.readCommit(notebook.parents[1] ?? "");
    const record = await recordAt(papers, notebook.oid, experiment, number);
    entries.push({ number, experiment, record: typeof record === "string" ? null : record });
    const lines =
      typeof record === "string"
        ? [record]
        : [...ofRecord(record, number), ...ofTrailers(record, { file, experiment, notebook })];
    if (typeof record !== "string") {
      const then = (await textAt(repository, notebook.oid, "results.tsv")) ?? "";
      lines.push(...ofRow("results.tsv", table.get(String(number)), record, file));
      lines.push(...ofRow("results.tsv of its commit", lastRow(then), record, file));
    }
    if ((await textAt(repository, experiment.oid, "arena.json")) !== arena)
      lines.push("its arena.json is not the study's first");
    contradictions.push(...[...new Set(lines)].map((text) => ({ number, text })));
  }
  if (table.size !== entries.length)
    contradictions.push(ofStudy(`results.tsv has ${table.size} rows for ${entries.length} experiments`));
  contradictions.push(...ofChain(papers, entries));
  return { entries, contradictions };
}

const ofStudy = (text: string): Contradiction => ({ number: null, text });

/** `#1: its commit says Val-Bpb 1.000000, its record 6.226199`; those of experiment `first` come first. */
export function linesOf(contradictions: readonly Contradiction[], first: number): string[] {
  const rank = ({ number }: Contradiction) => (number === first ? -2 : (number ?? -1));
  return [...contradictions]
    .sort((a, b) => rank(a) - rank(b))
    .map(({ number, text }) => excerpt(oneLine(`${number === null ? "the study" : `#${number}`}: ${text}`)));
}

// One experiment

/** The record of an entry, or one line with the reason why there is none. */
async function recordAt(
  { repository, file }: Papers,
  notebook: string,
  experiment: CommitEntry,
  number: number,
): Promise<ExperimentRecord | string> {
  let text: string | null = null;
  for (const path of recordPaths(number)) text ??= await textAt(repository, notebook, path);
  const candidate = candidateFile(file);
  const source = await textAt(repository, experiment.oid, candidate);
  if (text === null) return `the notebook has no record of it (${recordPath(number)})`;
  if (source === null) return `its commit has no ${candidate}`;
  try {
    return {
      ...parseRecord(text, fieldsOf(experiment)),
      commit: experiment.oid,
      parentCommit: experiment.parents[0] ?? "",
      source,
    };
  } catch (error) {
    if (error instanceof LabError && error.code === "git") return error.message;
    throw error;
  }
}

/** Contradictions between the figures of one record. */
function ofRecord(
  { number, status, runs, valBpb, chunkBytes }: ExperimentRecord,
  expected: number,
): string[] {
  const found: string[] = [];
  if (number !== expected) found.push(`its record says it is #${number}`);
  if (status === "keep" && valBpb === null) found.push("its record says it was kept without a score");
  if (valBpb !== null && !(runs.length > 0 && near(meanBpb(runs), valBpb)))
    found.push(`its record says val_bpb ${score(valBpb)}, its runs say ${score(meanBpb(runs))}`);
  for (const run of runs) {
    const { chunks } = run;
    if (chunks.length === 0 || chunkBytes.length !== chunks.length) continue;
    const bytes = chunkBytes.reduce((sum, count) => sum + count, 0);
    const mean = chunks.reduce((sum, chunk, i) => sum + chunk * (chunkBytes[i] ?? 0), 0) / bytes;
    if (!near(mean, run.valBpb, status === "keep" ? 2e-6 : 1e-4))
      found.push(`its record says ${score(run.valBpb)} for seed ${run.seed}, the chunks say ${score(mean)}`);
  }
  return found;
}

/** The chunks of kept experiments have six decimals, others four. */
const near = (a: number, b: number, most = 2e-6) => Math.abs(a - b) <= most;

/** A plain decimal number as we write one: no NaN, no exponent that overflows. */
const PLAIN = /^-?\d+(\.\d+)?$/;

/** Contradictions between the trailers of both commits and the record. */
function ofTrailers(
  record: ExperimentRecord,
  { file, experiment, notebook }: { file: StudyFile; experiment: CommitEntry; notebook: CommitEntry },
): string[] {
  const compare = (where: string, trailers: CommitEntry["trailers"]) =>
    trailerEntries(record, file).flatMap(([key, expected]) => {
      const found = trailers.filter(([name]) => name.toLowerCase() === key.toLowerCase());
      const got = found[0]?.[1] ?? "";
      if (found.length > 1) return [`${where} has ${key} ${found.length} times`];
      if (same(got, expected)) return [];
      const odd = PLAIN.test(expected) && got !== "" && !PLAIN.test(got) ? ", which is not a number" : "";
      return [`${where} says ${key} ${got || "nothing"}${odd}, its record ${expected || "nothing"}`];
    });
  return [
    ...compare("its commit", experiment.trailers),
    ...compare("its notebook commit", notebook.trailers),
  ];
}

/** Equal, or one is the other cut short, as the table cuts long texts. */
function same(a: string, b: string): boolean {
  const [x, y] = [oneLine(a), oneLine(b)];
  const cut = (short: string, long: string) =>
    short.endsWith("…") && long.startsWith(short.slice(0, -1).trimEnd());
  return x === y || cut(x, y) || cut(y, x);
}

// results.tsv

type Row = ReadonlyMap<string, string>;

const rowOf = (columns: readonly string[], line: string): Row =>
  new Map(line.split("\t").map((cell, i) => [columns[i] ?? "", cell]));

/** Rows of results.tsv by experiment number, cells by column; a table of an earlier version has fewer columns. */
function tableOf(text: string): ReadonlyMap<string, Row> {
  const [header = "", ...lines] = text.trimEnd().split("\n");
  const table = new Map<string, Row>();
  for (const line of lines) {
    const row = rowOf(header.split("\t"), line);
    const number = row.get("number") ?? "";
    // A duplicate row must not replace the first one.
    table.set(table.has(number) ? `${number} again in row ${table.size}` : number, row);
  }
  return table;
}

/** The row that a commit added; earlier commits added the rows above it. */
function lastRow(text: string): Row | undefined {
  const whole = text.trimEnd();
  const header = whole.slice(0, whole.indexOf("\n")).split("\t");
  return whole.includes("\n") ? rowOf(header, whole.slice(whole.lastIndexOf("\n") + 1)) : undefined;
}

function ofRow(where: string, row: Row | undefined, record: ExperimentRecord, file: StudyFile): string[] {
  if (row === undefined) return [`${where} has no row of it`];
  const cells = [...resultsRow(record).slice(0, -1).split("\t"), ...metricCells(record, file)];
  // The marks of an arena come after them: they depend on later experiments.
  return resultsHeader(file)
    .trimEnd()
    .split("\t")
    .slice(0, cells.length)
    .flatMap((column, i) => {
      const got = row.get(column);
      const expected = cells[i] ?? "";
      if (got === undefined || same(got, expected)) return [];
      const other = column === "commit" ? "it is" : "its record";
      return [`${where} says ${column} ${got || "nothing"}, ${other} ${expected || "nothing"}`];
    });
}

function metricCells(record: ExperimentRecord, { arena }: StudyFile): string[] {
  if (arena === undefined) return [];
  const values = metricValues(record, arena);
  return metricsOf(arena).map(({ name }) => (Object.hasOwn(values, name) ? `${values[name]}` : ""));
}

// The study

/** Contradictions between the records and the commits' parents, and the branch of kept experiments. */
function ofChain({ line, root, tag }: Papers, entries: readonly Entry[]): Contradiction[] {
  const contradictions: Contradiction[] = [];
  let incumbent: Entry | null = null;
  let before: readonly ScoredRun[] = [];
  for (const entry of entries) {
    const { number, experiment, record } = entry;
    if (record === null) continue;
    const add = (text: string) => void contradictions.push({ number, text });
    const { parents } = experiment;
    const beaten: string = incumbent?.experiment.oid ?? root;
    const from = typeof record.base === "number" ? entries[record.base]?.experiment.oid : beaten;
    if (parents[0] !== from)
      add(`its commit goes on from ${short(parents[0])}, its record from ${short(from)}`);
    if (record.parent !== (incumbent?.number ?? null))
      add(
        `its record says it was judged against #${record.parent}, the incumbent was #${incumbent?.number ?? null}`,
      );
    before = [...before, ...record.incumbentRuns];
    if (record.incumbentBpb !== null && !(before.length > 0 && near(meanBpb(before), record.incumbentBpb)))
      add(
        `its record says the incumbent had ${score(record.incumbentBpb)}, the incumbent's runs say ${score(meanBpb(before))}`,
      );
    if (record.status !== "keep") continue;
    if (!parents.includes(beaten))
      add(`it was kept, but ${studyBranch(tag)} never went from ${short(beaten)} to it`);
    incumbent = entry;
    before = record.runs;
  }
  const tip = incumbent?.experiment.oid ?? root;
  if (tip !== line.oid)
    contradictions.push(
      ofStudy(`${studyBranch(tag)} is at ${short(line.oid)}, the last kept experiment is ${short(tip)}`),
    );
  return contradictions;
}

const short = (oid: string | undefined) => (oid ?? "nothing").slice(0, 7);

/** A file of a commit, or null when it has none. */
async function textAt(
  repository: Papers["repository"],
  commit: string,
  path: string,
): Promise<string | null> {
  try {
    return await repository.readFile(commit, path);
  } catch (error) {
    if (error instanceof LabError && error.code === "git") return null;
    throw error;
  }
}
