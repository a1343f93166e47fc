// A study from what is left of it: every experiment whose commit or record can still be read, and one line for each
// thing that cannot. A record is lost in part where its commit is there: the trailers tell the figures again.
import { LabError } from "../../error.ts";
import { type CommitEntry, numberOf, type Repository, type Salvage } from "../../repo/index.ts";
import { NO_FIGURES } from "../../runner/index.ts";
import type { ExperimentStatus } from "../contract/lab-state.ts";
import { recordPaths } from "../study/record-file.ts";
import type { ExperimentRecord, StoredRecord } from "../contract/experiment.ts";
import { parseRecord } from "../study/record.ts";
import { readArena, type Study } from "../study/study.ts";

export interface RecoveredStudy {
  readonly study: Study;
  /** program.md as each experiment had it, by number; the study's first under -1. */
  readonly programs: ReadonlyMap<number, string>;
  readonly learnings: string | null;
  /** What is lost, one line each. */
  readonly losses: readonly string[];
}

type Files = Pick<Repository, "readFile" | "listFiles">;
const LOST_SOURCE = "// This train.ts was lost with a damaged store.\n";

/** LabError `git` when not even the study's arena.json is left. */
export async function recoverStudy(salvage: Salvage, tag: string): Promise<RecoveredStudy> {
  const { repository, commits, studies } = salvage;
  const found = studies.find((study) => study.tag === tag);
  if (!found) throw new LabError("git", { what: `nothing is left of study ${tag}` });
  const { experiments, arena, root } = await sortCommits(
    repository,
    commits,
    tag,
    await soft(repository.readFile(found.incumbent, "arena.json")),
  );
  if (arena === null) throw new LabError("git", { what: `study ${tag}: arena.json is lost` });
  const notebooks = commits
    .filter((commit) => experiments.get(numberOf(commit))?.oid === commit.parents[1])
    .sort((a, b) => numberOf(b) - numberOf(a));
  const stored = await readRecords(repository, notebooks, found.experiments);
  const losses: string[] = [];
  const programs = new Map<number, string>();
  const records: ExperimentRecord[] = [];
  const count = Math.max(found.experiments, ...[...stored.keys(), ...experiments.keys()].map((n) => n + 1));
  for (let number = 0; number < count; number++) {
    const commit = experiments.get(number);
    const lose = (what: string) => losses.push(`experiment ${number}: ${what}`);
    const record = stored.get(number) ?? (commit === undefined ? lostRecord(number) : fromTrailers(commit));
    const source = commit && (await soft(repository.readFile(commit.oid, "train.ts")));
    const program = commit && (await soft(repository.readFile(commit.oid, "program.md")));
    if (commit === undefined)
      lose(stored.has(number) ? "its commit with train.ts is lost" : "all of it is lost");
    else {
      if (!stored.has(number)) lose("its record is lost; its figures were read from the commit");
      if (source === null) lose("its train.ts is lost");
      if (program === null) lose("its program.md is lost");
    }
    if (typeof program === "string") programs.set(number, program);
    records.push({
      ...(typeof source === "string" ? record : withoutSource(record)),
      commit: commit?.oid ?? "",
      parentCommit: commit?.parents[0] ?? "",
      source: source ?? LOST_SOURCE,
    });
  }
  const seedSource = (root && (await soft(repository.readFile(root.oid, "train.ts")))) ?? records[0]?.source;
  const first = root && (await soft(repository.readFile(root.oid, "program.md")));
  if (typeof first === "string") programs.set(-1, first);
  const readme = (root && (await soft(repository.readFile(root.oid, "README.md")))) ?? "";
  const tip = notebooks[0];
  const study: Study = {
    file: readArena(arena, tag),
    fixed: { "arena.json": arena, "README.md": readme },
    seedSource: seedSource ?? LOST_SOURCE,
    incumbentCommit: records.findLast(({ status }) => status === "keep")?.commit ?? found.incumbent,
    records,
  };
  return {
    study,
    programs,
    learnings: (tip && (await soft(repository.readFile(tip.oid, "learnings.md")))) ?? null,
    losses,
  };
}

/** The study's experiments by number, its first commit and its arena, from all commits there are. */
async function sortCommits(
  repository: Files,
  commits: readonly CommitEntry[],
  tag: string,
  known: string | null,
) {
  const experiments = new Map<number, CommitEntry>();
  let arena = known;
  let root: CommitEntry | undefined;
  const own = new Set<string>();
  for (const commit of commits) {
    const text = await soft(repository.readFile(commit.oid, "arena.json"));
    if (text === null || tagInArena(text) !== tag) continue;
    arena ??= text;
    if (text !== arena) continue; // another study that had the same tag
    own.add(commit.oid);
    if (numberOf(commit) >= 0) experiments.set(numberOf(commit), commit);
    else if (commit.parents.length === 0) root = commit;
  }
  // A commit whose tree is lost is still named by the notebook, or stands on one of the study's.
  for (const commit of commits) {
    const number = numberOf(commit);
    const known = commit.parents.some((parent) => own.has(parent));
    const entry = commit.parents.length > 1 && own.has(commit.parents[1] ?? "");
    if (number >= 0 && known && !entry && !experiments.has(number)) experiments.set(number, commit);
  }
  return { experiments, arena, root };
}

/** Which study an arena.json is of. */
export function tagInArena(text: string): string | null {
  try {
    const { study } = JSON.parse(text) as { study?: unknown };
    return typeof study === "string" ? study : null;
  } catch {
    return null; // a file of that name in a study of something else
  }
}

/** Records by number. The newest notebook has them all; older ones are asked where its tree is broken. */
async function readRecords(
  repository: Files,
  notebooks: readonly CommitEntry[],
  expected: number,
): Promise<Map<number, StoredRecord>> {
  const records = new Map<number, StoredRecord>();
  for (const { oid } of notebooks) {
    const paths = new Set(await soft(repository.listFiles(oid)));
    for (let number = 0; number < expected; number++) {
      const path = recordPaths(number).find((path) => paths.has(path));
      if (path === undefined || records.has(number)) continue;
      const text = await soft(repository.readFile(oid, path));
      if (text !== null) records.set(number, parseRecord(text));
    }
    if (paths.size > 0) break;
  }
  return records;
}

/** Null for what is lost; a failing store is an error. */
async function soft<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof LabError && error.code === "git") return null;
    throw error;
  }
}

const EMPTY = {
  ...NO_FIGURES,
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

/** A verdict needs the code it is about: what was kept and is gone cannot be the one to beat. */
function withoutSource(record: StoredRecord): StoredRecord {
  if (record.status !== "keep") return record;
  const score = record.valBpb === null ? "" : ` at ${record.valBpb.toFixed(4)}`;
  return {
    ...record,
    status: "crash",
    reason: `Its train.ts was lost with a damaged store; it was kept${score}`,
  };
}

function fromTrailers(commit: CommitEntry): StoredRecord {
  const said = new Map(commit.trailers);
  const number = (key: string) => Number(said.get(key) ?? 0);
  const score = (key: string) => (said.has(key) ? number(key) : null);
  return {
    ...EMPTY,
    number: numberOf(commit),
    status: (said.get("Status") ?? "crash") as ExperimentStatus,
    hypothesis: commit.subject,
    category: said.get("Category") ?? "",
    researcher: said.get("Researcher") ?? "",
    valBpb: score("Val-Bpb"),
    incumbentBpb: score("Incumbent"),
    reason: said.get("Reason") ?? "",
    lesson: said.get("Lesson") ?? "",
    seed: number("Seed"),
    tokens: number("Tokens"),
    tokensPerSecond: number("Tokens-Per-Second"),
    steps: number("Steps"),
    seconds: number("Seconds"),
    parameters: number("Parameters"),
    peakBytes: number("Peak-Bytes"),
    device: said.get("Device") ?? "",
    finishedAt: commit.date.getTime(),
  };
}
