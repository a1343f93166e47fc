// Recovers a damaged study: every experiment whose commit, record or notebook entry can still be read, and one line for
// each loss.
import { LabError } from "../../error.ts";
import { type CommitEntry, numberOf, type Salvage } from "../../repo/index.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { type Files, notebookOf, readRecords, saidOf, soft, withoutSource } from "./recover-records.ts";
import { candidateFile, isFixed, readArena, type Study } from "../study/study.ts";

export interface RecoveredStudy {
  readonly study: Study;
  /** program.md at each experiment, by number; the study's first one under -1. */
  readonly programs: ReadonlyMap<number, string>;
  readonly learnings: string | null;
  /** The losses, one line each. */
  readonly losses: readonly string[];
}

const LOST_SOURCE = "// This file was lost with a damaged store.\n";

/** LabError `git` when the study's arena.json is lost too. */
export async function recoverStudy(
  salvage: Salvage,
  tag: string,
  onProgress: (done: number, total: number) => void = () => undefined,
): Promise<RecoveredStudy> {
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
  const file = readArena(arena, tag);
  const candidate = candidateFile(file);
  const entries = notebookOf(commits, experiments, found.notebook);
  const stored = await readRecords(repository, entries, experiments);
  const losses: string[] = [];
  const programs = new Map<number, string>();
  const records: ExperimentRecord[] = [];
  const count = Math.max(
    found.experiments,
    ...[...stored.keys(), ...experiments.keys(), ...entries.keys()].map((n) => n + 1),
  );
  for (let number = 0; number < count; number++) {
    onProgress(number, count);
    const commit = experiments.get(number);
    const lose = (what: string) => losses.push(`experiment ${number}: ${what}`);
    const record = stored.get(number) ?? saidOf(number, commit, entries.get(number));
    const source = commit && (await soft(repository.readFile(commit.oid, candidate)));
    const program = commit && (await soft(repository.readFile(commit.oid, "program.md")));
    if (commit === undefined)
      lose(
        stored.has(number) || entries.has(number)
          ? `its commit with ${candidate} is lost`
          : "all of it is lost",
      );
    else {
      if (!stored.has(number)) lose("its record is lost; its figures were read from the commit");
      if (source === null) lose(`its ${candidate} is lost`);
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
  const seedSource = (root && (await soft(repository.readFile(root.oid, candidate)))) ?? records[0]?.source;
  const first = root && (await soft(repository.readFile(root.oid, "program.md")));
  if (typeof first === "string") programs.set(-1, first);
  const fixed: Record<string, string> = { "README.md": "", "arena.json": arena };
  for (const path of ((root && (await soft(repository.listFiles(root.oid)))) ?? []).filter(isFixed))
    fixed[path] = (root && (await soft(repository.readFile(root.oid, path)))) ?? fixed[path] ?? "";
  const tip = entries.get(Math.max(...entries.keys()));
  const study: Study = {
    file,
    fixed,
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

/** The study's experiments by number, its first commit and its arena, from all readable commits. */
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
  // A commit whose tree is lost belongs to the study if the notebook names it or its parent belongs to the study.
  for (const commit of commits) {
    const number = numberOf(commit);
    const known = commit.parents.some((parent) => own.has(parent));
    const entry = commit.parents.length > 1 && own.has(commit.parents[1] ?? "");
    if (number >= 0 && known && !entry && !experiments.has(number)) experiments.set(number, commit);
  }
  return { experiments, arena, root };
}

/** The tag of the study that an arena.json belongs to. */
export function tagInArena(text: string): string | null {
  try {
    const { study } = JSON.parse(text) as { study?: unknown };
    return typeof study === "string" ? study : null;
  } catch {
    return null; // a file of that name that is not ours
  }
}
