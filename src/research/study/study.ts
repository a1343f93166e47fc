// A study in the repository: its arena, experiments and incumbent. Creating one writes the first commit, opening one reads
// the whole notebook.
import { LabError } from "../../error.ts";
import { checkTag, type Json, notebookBranch, type Repository, studyBranch } from "../../repo/index.ts";
import type { Arena } from "../../prepare/index.ts";
import { LEARNINGS_HEADER, resultsHeader } from "./notebook.ts";
import { fieldsOf } from "./commit-fields.ts";
import type { ArenaMetrics } from "../verdict/metric-columns.ts";
import { recordPaths } from "./record-file.ts";
import type { ExperimentRecord } from "../contract/experiment.ts";
import { historyOf, parseRecord } from "./record.ts";
import type { HistoryEntry } from "../../researchers/index.ts";
import { chosenRule } from "../contract/settings.ts";
import type { Settings } from "../contract/lab-state.ts";
import { guarded } from "../verdict/metrics.ts";
import type { SeedNoise } from "../verdict/statistics.ts";
import {
  karpathyRule,
  noiseOf,
  pairedRule,
  type Rule,
  type ScoredRun,
  confirmed,
} from "../verdict/verdict.ts";

/** The settings fixed for a study whose arena is not the GPT's. */
interface StudyArena extends ArenaMetrics {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** Name of the file that a researcher changes. */
  readonly file: string;
  /** Seed of the instances. */
  readonly instances: number;
  /** Facts that must not change while the study goes on, such as hashes of files. Absent: none. */
  readonly fixed?: Readonly<Record<string, string>>;
}

/** The content of arena.json: the settings fixed for the study. */
export interface StudyFile extends Arena {
  /** Absent: the GPT's. */
  readonly arena?: StudyArena;
  readonly study: string;
  readonly seed: number;
  readonly rule: "paired" | "karpathy";
  readonly replicates: number;
  readonly cap: number;
  readonly minimumGain: number;
  readonly earlyStop: boolean;
  readonly createdAt: number;
}

/** A study in memory; the loop adds a record with each commit. */
export interface Study {
  readonly file: StudyFile;
  /** Files of every commit besides train.ts and program.md. */
  readonly fixed: Readonly<Record<string, string>>;
  /** train.ts of the first commit, which the baseline runs. */
  readonly seedSource: string;
  /** Commit to beat: the tip of the study's branch. */
  incumbentCommit: string;
  readonly records: ExperimentRecord[];
}

/** Name of the file that a researcher changes. */
export const candidateFile = ({ arena }: Pick<StudyFile, "arena">): string => arena?.file ?? "train.ts";

/** The record to beat; null while nothing was kept. */
export function incumbentOf(study: Study): ExperimentRecord | null {
  return study.records.findLast((record) => record.status === "keep") ?? null;
}

export const incumbentSource = (study: Study): string => incumbentOf(study)?.source ?? study.seedSource;

/** The experiments of a study so far. */
type Judged = Pick<Study, "records">;

/** All runs of the experiment's train.ts: those of its verdict, and later ones made to judge others against it. */
export function runsOf(study: Judged, { number, runs }: ExperimentRecord): readonly ScoredRun[] {
  return [
    ...runs,
    ...study.records.flatMap((record) => (record.parent === number ? record.incumbentRuns : [])),
  ];
}

/** Groups of runs of one train.ts, without the given experiment's: the study's data about the noise between seeds. */
export function otherGroups(study: Judged, without: ExperimentRecord | null): (readonly ScoredRun[])[] {
  return study.records
    .filter((record) => record !== without)
    .map((record) => runsOf(study, record))
    .filter((runs) => runs.length > 1);
}

/** Text bytes of the chunks; empty before the first score. */
export const chunkBytesOf = (study: Judged): readonly number[] =>
  study.records.find((record) => record.chunkBytes.length > 0)?.chunkBytes ?? [];

/** The spread between seeds as the study measured it, or null. */
export function studyNoise(study: Judged): SeedNoise | null {
  const none = { candidate: [], incumbent: [] };
  const noise = noiseOf({ ...none, others: otherGroups(study, null), bytes: chunkBytesOf(study) });
  return noise.degrees === 0 ? null : noise;
}

export const historyOfStudy = (study: Study): readonly HistoryEntry[] => study.records.map(historyOf);

/** The folder of a commit with the texts of an arena of the user's own. */
const OWN = "arena/";

/** The texts of the arena that a study holds, by file name. */
export const ownTexts = ({ fixed }: Pick<Study, "fixed">): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fixed).flatMap(([path, text]) =>
      path.startsWith(OWN) ? [[path.slice(OWN.length), text]] : [],
    ),
  );

/** Whether every commit of a study repeats this file of its first one. */
export const isFixed = (path: string): boolean =>
  path === "arena.json" || path === "README.md" || path.startsWith(OWN);

/** The texts of a study's first commit that every other one repeats. */
export async function fixedTexts(
  repository: Pick<Repository, "listFiles" | "readFile">,
  root: string,
): Promise<Record<string, string>> {
  const paths = (await repository.listFiles(root)).filter(isFixed);
  const texts = await Promise.all(paths.map((path) => repository.readFile(root, path)));
  return Object.fromEntries(paths.map((path, i) => [path, texts[i]]));
}

export interface NewStudy {
  readonly tag: string;
  readonly arena: Arena & Pick<StudyFile, "arena">;
  /** Texts that are part of the arena, and of every commit. Absent: none. */
  readonly files?: Readonly<Record<string, string>>;
  readonly settings: Settings;
  readonly source: string;
  readonly program: string;
  readonly createdAt: number;
  readonly journal: Json;
}

/** Writes the first commit of a study and of its notebook, and the journal, in one transaction. */
export async function createStudy(repository: Repository, given: NewStudy): Promise<Study> {
  const { tag, arena, settings, source, program, createdAt, journal } = given;
  checkTag(tag);
  const { seed, replicates, cap, minimumGain, earlyStop } = settings;
  const verdict = { rule: chosenRule(settings), replicates, cap, minimumGain, earlyStop };
  const file: StudyFile = { study: tag, ...arena, seed, ...verdict, createdAt };
  const own = Object.entries(given.files ?? {}).map(([name, text]) => [OWN + name, text]);
  const fixed: Record<string, string> = {
    "arena.json": `${JSON.stringify(file, null, 2)}\n`,
    "README.md": readme(file),
    ...(Object.fromEntries(own) as Record<string, string>),
  };
  const { incumbent } = await repository.createStudy({
    tag,
    files: { ...fixed, "program.md": program, [candidateFile(file)]: source },
    notebookFiles: { "results.tsv": resultsHeader(file), "learnings.md": LEARNINGS_HEADER },
    subject: `Open study ${tag}`,
    body: `The arena, program.md and the ${candidateFile(file)} that experiment 0 measures. ${perExperiment(file)}`,
    journal,
    date: new Date(createdAt),
  });
  return { file, fixed, seedSource: source, incumbentCommit: incumbent, records: [] };
}

/**
 * Reads a study with all its experiments. `onProgress` gets the number read so far. Throws LabError `git`, and `value`
 * where there is no such study.
 */
export async function openStudy(
  repository: Repository,
  tag: string,
  onProgress: (read: number) => void = () => undefined,
  kind: StudyKind = "any",
): Promise<Study> {
  const found = (await repository.listStudies()).find((study) => study.tag === tag);
  if (!found)
    throw new LabError("value", { what: `there is no study ${tag}`, hint: "see the list of studies" });
  const root = (await repository.log(studyBranch(tag))).at(-1)?.oid ?? found.incumbent;
  const arenaText = await repository.readFile(root, "arena.json");
  const file = readArena(arenaText, tag, kind);
  const study: Study = {
    file,
    fixed: await fixedTexts(repository, root),
    seedSource: await repository.readFile(root, candidateFile(file)),
    incumbentCommit: found.incumbent,
    records: [],
  };
  await readNew(repository, tag, study, onProgress);
  return study;
}

/** Adds the experiments that the study in memory does not have yet; for a tab that only reads. */
export async function readNew(
  repository: Repository,
  tag: string,
  study: Study,
  onProgress: (read: number) => void = () => undefined,
): Promise<boolean> {
  const known = new Set(study.records.map((record) => record.commit));
  const fresh: ExperimentRecord[] = [];
  for await (const entry of repository.experiments(tag)) {
    if (known.has(entry.oid)) break;
    const number = Number(entry.trailers.find(([key]) => key === "Experiment")?.[1] ?? NaN);
    if (!Number.isInteger(number)) {
      throw new LabError("git", {
        what: `commit ${entry.oid.slice(0, 12)}`,
        got: "no number",
        expected: "Experiment: N",
      });
    }
    const stored = parseRecord(
      await readFirst(repository, entry.notebook, recordPaths(number)),
      fieldsOf(entry),
    );
    const source = await repository.readFile(entry.oid, candidateFile(study.file));
    fresh.push({ ...stored, commit: entry.oid, parentCommit: entry.parents[0] ?? "", source });
    if (entry.kept && fresh.every((record) => record.commit === entry.oid || record.status !== "keep")) {
      study.incumbentCommit = entry.oid;
    }
    onProgress(study.records.length + fresh.length);
  }
  study.records.push(...fresh.reverse());
  return fresh.length > 0;
}

/** The file at the first of these paths that exists. */
async function readFirst(repository: Repository, commit: string, paths: readonly string[]): Promise<string> {
  const [path = "", ...others] = paths;
  try {
    return await repository.readFile(commit, path);
  } catch (error) {
    if (others.length === 0 || !(error instanceof LabError) || error.code !== "git") throw error;
    return readFirst(repository, commit, others);
  }
}

/** learnings.md of the notebook; empty where there is none. */
export async function learningsOf(repository: Repository, tag: string): Promise<string> {
  const [tip] = await repository.log(notebookBranch(tag), 1);
  if (!tip || !(await repository.listFiles(tip.oid)).includes("learnings.md")) return "";
  return repository.readFile(tip.oid, "learnings.md");
}

/** Whether a study of the GPT's arena may be read too. */
type StudyKind = "any" | "arena";

/** Reads arena.json. Throws LabError `git` when it is not that of a study. */
export function readArena(text: string, tag: string, kind: StudyKind = "any"): StudyFile {
  const file = JSON.parse(text) as Partial<StudyFile>;
  const numbers = [file.vocabSize, file.seqLen, file.budgetSeconds, file.windows, file.scoreBatch, file.seed];
  if (kind === "arena" && file.arena === undefined)
    throw new LabError("git", { what: `study ${tag} is of the GPT's arena`, hint: "open it on the page" });
  if (
    numbers.some((value) => typeof value !== "number") ||
    typeof file.corpusHash !== "string" ||
    !file.tier
  ) {
    throw new LabError("git", {
      what: `study ${tag}: arena.json`,
      got: text.slice(0, 80),
      expected: "the facts of a study",
    });
  }
  return { ...UNSAID, ...(file as StudyFile) };
}

function perExperiment(file: StudyFile): string {
  return file.arena === undefined
    ? `Every experiment trains for ${budgetWords(file)}.`
    : `Scores are ${file.arena.unit}; lower is better.`;
}

/** `300 seconds`, or `8192 tokens (at most 20 seconds)`. */
function budgetWords({ budgetTokens = 0, budgetSeconds }: Arena): string {
  const seconds = `${budgetSeconds} seconds`;
  return budgetTokens > 0 ? `${budgetTokens} tokens (at most ${seconds})` : seconds;
}

/** Defaults of fields that studies from before the paired rule lack. */
const UNSAID = { rule: "karpathy", replicates: 1, cap: 1, minimumGain: 0, earlyStop: false } as const;

/** The study's rule. */
export function ruleOf(file: StudyFile): Rule {
  const rule = confirmed(file.rule === "paired" ? pairedRule(file) : karpathyRule);
  return file.arena === undefined ? rule : guarded(rule, file.arena.guards);
}

/** A free tag, named as in autoresearch: `nov20`, then `nov20-2`. */
export function freeTag(date: Date, taken: readonly string[]): string {
  const month = date.toLocaleString("en", { month: "short", timeZone: "UTC" }).toLowerCase();
  const base = `${month}${date.getUTCDate()}`;
  for (let i = 1; ; i++) {
    const tag = i === 1 ? base : `${base}-${i}`;
    if (!taken.includes(tag)) return tag;
  }
}

function readme(file: StudyFile): string {
  const branch = studyBranch(file.study);
  const notebook = notebookBranch(file.study);
  return `# Study ${file.study}

A line of research by Overnight, an autonomous research laboratory in a browser tab.

- \`${candidateFile(file)}\` is the program that every experiment rewrites, \`program.md\` its human's instructions.
${fixedWords(file)}
- \`${branch}\` moves with each experiment that was kept.
- \`${notebook}\` has one commit per experiment of any verdict, whose second parent is the experiment itself:

      git log --first-parent origin/${notebook}
      git show origin/${notebook}:results.tsv
`;
}

function fixedWords(file: StudyFile): string {
  const { arena } = file;
  if (arena !== undefined)
    return `- \`arena.json\` has the fixed settings: ${arena.title}, ${file.windows} validation instances, scored in ${arena.unit};
  lower is better.`;
  return `- \`arena.json\` has the fixed settings: the text (${file.corpusName}), ${file.vocabSize} tokens, ${file.seqLen} of
  context, ${budgetWords(file)} of training, ${file.windows} validation windows.`;
}
