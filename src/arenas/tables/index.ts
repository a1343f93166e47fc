// A table with a target: the candidate learns from some rows and predicts others, whose labels never enter its realm.
// The arena is built from a CSV or Parquet file; a generated table stands in where there is none.
import { LabError } from "../../error.ts";
import { sha256 } from "../../digest.ts";
import { type Arena, arena, eachAlone } from "../contract/arena.ts";
import type { FileArena } from "../contract/file-arena.ts";
import { MAX_SCORES, type SplitName } from "../contract/manifest.ts";
import { type Column, columnOf, named, type Target, targetOf } from "./columns.ts";
import { edits } from "./edits.ts";
import { evaluateTable, type TableInstance, tableTask } from "./evaluate.ts";
import { generatedTable } from "./generate.ts";
import { cheatsOf, garbage, worse } from "./known.ts";
import { checkLeaks } from "./leaks.ts";
import { metricOf, OPTIONS, readOptions, type TableOptions } from "./options.ts";
import { permutedLabels, truncatedFuture } from "./probes.ts";
import program from "./program.md?raw";
import { csvTable, MAX_BYTES, type RawTable, readTable } from "./read.ts";
import { type MetricName, METRICS } from "./scores.ts";
import first from "./solution.ts?raw";
import { blocksOf, type Parts, splitter } from "./split.ts";

/** Rows of the practice split, which only shows that the candidate runs. */
const PRACTICE = 300;
/** The fewest rows of validation and test. */
const FEWEST = 20;

export const tables: FileArena = {
  id: "tables",
  bytes: MAX_BYTES,
  types: ".csv,.tsv,.parquet",
  options: OPTIONS,
  columns: async (file) => (await readTable(file)).columns.map(({ name }) => name),
  async open(file, options) {
    const found = tableArena(await readTable(file), readOptions(options));
    return { ...found, fixed: { ...options, [`sha256 of ${file.name}`]: await sha256(file.bytes) } };
  },
};

/** The arena of a generated table, for a lab without a file. */
export const generatedTables = (): Arena =>
  tableArena(csvTable("generated.csv", generatedTable(1)), readOptions({ target: "left" }));

/** Throws LabError "arena" in one line for a table that cannot be an arena. */
function tableArena(table: RawTable, options: TableOptions): Arena {
  const target = targetOf(table, options.target);
  const metric = metricOf(options, target);
  for (const name of [...options.without, ...options.trust]) named(table, name, "--without and --trust");
  const { columns, notices } = featuresOf(table, options);
  checkLeaks(columns, target, options.trust);
  const splitOf = splitter(
    table,
    options.split,
    columns.map(({ name }) => name),
  );
  const metrics = [metric, ...others(metric)];
  const parts = checked(splitOf(0), target, table.name);
  const instances = (split: SplitName, seed: number): readonly TableInstance[] => {
    const { train, ...rest } = checked(splitOf(seed), target, table.name);
    const [learned, rows] =
      split === "practice"
        ? [train.slice(0, PRACTICE), train.slice(PRACTICE, 2 * PRACTICE)]
        : [train, rest[split]];
    const predicted = rows.length > 0 ? rows : learned;
    return [
      {
        train: learned,
        rows: predicted,
        blocks: split === "practice" ? predicted.map(() => 0) : blocksOf(table, options.split, predicted),
        labels: predicted.map((row) => target.values[row]),
      },
    ];
  };
  const labelsOf = ({ train }: TableInstance) => train.map((row) => target.values[row]);
  const scores = (rows: readonly number[]) => Math.max(2, Math.min(rows.length, MAX_SCORES));
  return arena<TableInstance>({
    manifest: {
      id: "tables",
      title: `${table.name}: ${target.name}`,
      unit: metric,
      direction: "lower",
      candidate: { file: "solution.ts", language: "typescript", entries: ["fit", "predict"], bytes: 20_000 },
      splits: { practice: 1, validation: scores(parts.validation), test: scores(parts.test) },
      budget: { kind: "ticks", amount: ticksFor(parts.train.length * columns.length), seconds: 120 },
      noise: "seeds",
      probes: ["truncated-future", "permuted-labels"],
      baselines: [],
      guards: [],
      secondary: others(metric).map((name) => ({ name, unit: METRICS[name].unit, direction: "lower" })),
      needs: [],
      risk: "none",
    },
    first,
    program: `${program}\n${words(table, columns, target, metric)}`,
    edits,
    known: { worse, garbage, cheats: cheatsOf(columns, target) },
    notices,
    instances,
    taskOf: (instance) => tableTask(columns, target, instance, labelsOf(instance)),
    evaluate: eachAlone((instance, output) => evaluateTable(target.kind, metrics, instance, output)),
    probes: (seed) => {
      const [instance] = instances("validation", seed);
      return [truncatedFuture(columns, target, instance), permutedLabels(columns, target, instance, seed)];
    },
  });
}

/** Ticks of a run: some thousand for each cell, so that a long table gets its rounds. */
const ticksFor = (cells: number): number => Math.min(600e6, Math.max(20e6, 4000 * cells));

const others = (metric: MetricName): readonly MetricName[] =>
  (Object.keys(METRICS) as MetricName[]).filter(
    (name) => name !== metric && METRICS[name].of === METRICS[metric].of,
  );

/** The candidate's columns: all but the target, those that split the rows, those left out, and free text. */
function featuresOf(table: RawTable, { target, split, without }: TableOptions) {
  const columns: Column[] = [];
  const notices: string[] = [];
  for (const raw of table.columns) {
    if (raw.name === target || without.includes(raw.name)) continue;
    if (split.by !== "hash" && raw.name === split.column) continue;
    const column = columnOf(raw);
    if (typeof column === "string") notices.push(column);
    else columns.push(column);
  }
  if (columns.length === 0)
    throw new LabError("arena", {
      what: `${table.name}: columns to learn from`,
      got: "none",
      hint: notices[0],
    });
  return { columns, notices };
}

/** Throws LabError "arena" where a split has too few rows, or one class only. */
function checked(parts: Parts, { kind, values, classes }: Target, name: string): Parts {
  for (const split of ["train", "validation", "test"] as const) {
    const rows = parts[split];
    const fail = (got: string, expected: string): never => {
      throw new LabError("arena", { what: `${name}: rows of ${split}`, got, expected });
    };
    if (rows.length < FEWEST) fail(`${rows.length}`, `at least ${FEWEST}`);
    if (kind !== "classes") continue;
    const only = values[rows[0]];
    if (rows.every((row) => values[row] === only)) fail(`only the class "${classes[only]}"`, "both classes");
  }
  return parts;
}

/** The table in words, for program.md. */
function words(table: RawTable, columns: readonly Column[], target: Target, metric: MetricName): string {
  const said = columns.map(({ name, kind, levels }) =>
    kind === "category" ? `- ${name}: ${levels.length} categories` : `- ${name}: ${kind}`,
  );
  const what =
    target.kind === "classes" ? `"${target.classes[1]}" against "${target.classes[0]}"` : "a number";
  return [
    `## ${table.name}`,
    "",
    `${table.rows} rows; the target is ${target.name}, ${what}; the score is ${metric}, lower is better.`,
    "",
    ...said,
    "",
  ].join("\n");
}
