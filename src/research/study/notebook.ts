// The texts that the lab writes about an experiment: the commit's message and trailers, results.tsv (autoresearch's
// five columns first) and one line in learnings.md. Pure functions of the record.
import type { Trailer } from "../../repo/index.ts";
import type { ExperimentRecord, StoredRecord } from "../contract/experiment.ts";
import { type ArenaMetrics, marksOfRecords, metricsOf, metricValues } from "../verdict/metric-columns.ts";
import { excerpt, oneLine } from "../../text.ts";

/** Facts of the study, repeated in every commit. */
export interface StudyFacts {
  readonly budgetSeconds: number;
  readonly windows: number;
  readonly corpusHash: string;
  /** Absent: the GPT's. */
  readonly arena?: ArenaMetrics & { readonly id: string; readonly unit: string };
}

const MINUS = "\u2212";

/** A score in commits and tables: six decimals, as autoresearch writes it. */
export const score = (value: number) => value.toFixed(6);

/** `−0.0123` when better, `+0.0123` when worse. */
export function change(record: Pick<StoredRecord, "valBpb" | "incumbentBpb">): string {
  if (record.valBpb === null || record.incumbentBpb === null) return "";
  const difference = record.valBpb - record.incumbentBpb;
  return `${difference < 0 ? MINUS : "+"}${Math.abs(difference).toFixed(4)}`;
}

/** The lesson of this experiment in one line, without its number. */
export function lessonOf(record: Omit<StoredRecord, "lesson">): string {
  const what = excerpt(oneLine(record.hypothesis).split(/:\s/)[0] ?? "");
  if (record.status === "crash") return `${what}: crashed. ${oneLine(record.reason)}`;
  if (record.status === "invalid") return `${what}: broke a rule of the score. ${oneLine(record.reason)}`;
  if (record.valBpb === null) return `${what}: did not help, ${oneLine(record.reason)}`;
  if (record.control?.compared?.contradicted)
    return `${what}: helped on one text alone. ${oneLine(record.reason)}`;
  if (record.guard) return `${what}: made ${record.guard.name} worse. ${oneLine(record.reason)}`;
  const value = record.valBpb.toFixed(4);
  if (record.incumbentBpb === null) return `${what}: ${value} is where the study starts`;
  return `${what}: ${record.status === "keep" ? "helped" : "did not help"}, ${change(record)} to ${value}`;
}

/** The result as trailers of the commit. */
export function trailersOf(record: StoredRecord, facts: StudyFacts): readonly Trailer[] {
  return trailerEntries(record, facts).filter(([, text]) => text !== "");
}

/** Every possible trailer; its text is empty where the record lacks the field. */
export function trailerEntries(record: StoredRecord, facts: StudyFacts): readonly Trailer[] {
  const { arena } = facts;
  const entries: readonly (readonly [string, string | number | null])[] = [
    ["Experiment", record.number],
    ["Status", record.status],
    [arena ? "Score" : "Val-Bpb", record.valBpb === null ? null : score(record.valBpb)],
    ["Incumbent", record.incumbentBpb === null ? null : score(record.incumbentBpb)],
    ["Reason", record.reason],
    ["Lesson", record.lesson],
    ["Researcher", record.researcher],
    ["Category", record.category],
    ["Base", record.base ?? null],
    ["Seed", record.seed],
    ["Runs", record.runs.length > 1 ? record.runs.length : null],
    ["Incumbent-Runs", record.incumbentRuns.length > 0 ? record.incumbentRuns.length : null],
    ["Gain", record.evidence && `${score(record.evidence.gain)} ± ${score(record.evidence.standardError)}`],
    ["P-Better", record.evidence && record.evidence.better.toFixed(4)],
    ["Noise", record.evidence && score(record.evidence.noise)],
    ...(arena ? workEntries(record, facts, arena) : trainingEntries(record, facts)),
  ];
  return entries.map(([key, value]) => [key, value === null ? "" : oneLine(String(value))]);
}

type Entry = readonly [string, string | number | null];

const trainingEntries = (record: StoredRecord, facts: StudyFacts): readonly Entry[] => [
  ["Tokens", record.tokens],
  ["Steps", record.steps],
  ["Seconds", record.seconds.toFixed(1)],
  ["Parameters", record.parameters],
  ["Peak-Bytes", record.peakBytes],
  ["Device", record.device],
  ["Budget", facts.budgetSeconds],
  ["Windows", facts.windows],
  ["Corpus", facts.corpusHash],
];

/** Trailers of an arena without training: a run's tokens are its ticks. */
const workEntries = (
  record: StoredRecord,
  { windows }: StudyFacts,
  { id, unit, ...metrics }: NonNullable<StudyFacts["arena"]>,
): readonly Entry[] => [
  [
    "Metrics",
    Object.entries(metricValues(record, metrics))
      .map(([name, value]) => `${name} ${value}`)
      .join(", "),
  ],
  ["Ticks", record.tokens],
  ["Seconds", record.seconds.toFixed(1)],
  ["Arena", id],
  ["Unit", unit],
  ["Instances", windows],
];

/** The body of the commit: the hypothesis in full where the subject cut it, and the details. */
export function bodyOf(record: StoredRecord): string {
  const expected = record.expected === null ? "" : `Expected: ${record.expected}`;
  const falsify = record.falsify === null ? "" : `Wrong if: ${record.falsify}`;
  return [record.hypothesis.split("\n").slice(1).join("\n").trim(), expected, falsify]
    .filter((s) => s !== "")
    .join("\n\n");
}

const COLUMNS = [
  "commit",
  "val_bpb",
  "memory_gb",
  "status",
  "description",
  "number",
  "parent",
  "incumbent_bpb",
  "researcher",
  "category",
  "tokens",
  "tokens_per_second",
  "steps",
  "seconds",
  "parameters",
  "seed",
  "finished",
  "reason",
  "runs",
  "gain",
  "gain_error",
  "p_better",
] as const;

export const RESULTS_HEADER = `${COLUMNS.join("\t")}\n`;

/** The columns of results.tsv as this study names them; each metric has one, and two metrics give a mark. */
export function resultsHeader({ arena }: Pick<StudyFacts, "arena">): string {
  if (arena === undefined) return RESULTS_HEADER;
  const header = RESULTS_HEADER.replace("val_bpb", "score")
    .replace("incumbent_bpb", "incumbent")
    .replaceAll("token", "tick");
  const names = metricsOf(arena).map(({ name }) => name.replaceAll(" ", "_"));
  return names.length === 0 ? header : `${[header.trimEnd(), ...names, "mark"].join("\t")}\n`;
}

/** results.tsv of these experiments. */
export function resultsTable(
  facts: Pick<StudyFacts, "arena">,
  records: readonly Omit<ExperimentRecord, "source" | "parentCommit">[],
): string {
  const metrics = facts.arena === undefined ? [] : metricsOf(facts.arena);
  const marks = facts.arena === undefined ? [] : marksOfRecords(records, facts.arena);
  const rows = records.map((record, i) => {
    const row = resultsRow(record);
    if (facts.arena === undefined || metrics.length === 0) return row;
    const values = metricValues(record, facts.arena);
    const cells = metrics.map(({ name }) => values[name] ?? "");
    return `${[row.slice(0, -1), ...cells, marks[i] ?? ""].join("\t")}\n`;
  });
  return resultsHeader(facts) + rows.join("");
}

/** One row; a crash has autoresearch's zeros. */
export function resultsRow(record: Omit<ExperimentRecord, "source" | "parentCommit">): string {
  const { evidence } = record;
  const cells: readonly (string | number)[] = [
    record.commit.slice(0, 7),
    record.valBpb === null ? "0.000000" : score(record.valBpb),
    (record.peakBytes / 2 ** 30).toFixed(3),
    record.status,
    record.hypothesis,
    record.number,
    record.parent ?? "",
    record.incumbentBpb === null ? "" : score(record.incumbentBpb),
    record.researcher,
    record.category,
    record.tokens,
    Math.round(record.tokensPerSecond),
    record.steps,
    record.seconds.toFixed(1),
    record.parameters,
    record.seed,
    new Date(record.finishedAt).toISOString(),
    record.reason,
    record.runs.length,
    ...(evidence === null
      ? ["", "", ""]
      : [score(evidence.gain), score(evidence.standardError), evidence.better.toFixed(4)]),
  ];
  return `${cells.map((cell) => excerpt(oneLine(String(cell)))).join("\t")}\n`;
}

export const LEARNINGS_HEADER = `# Learnings

What each experiment taught, one line each.

`;

export function learningsLine(record: Pick<StoredRecord, "number" | "status" | "lesson">): string {
  return `- #${record.number} ${record.status}: ${oneLine(record.lesson)}\n`;
}
