// A table's instances, which keep the labels of validation and test outside of the candidate's realm, and their score.
import { LabError } from "../../error.ts";
import type { Data, Evaluation, Part, Task } from "../contract/arena.ts";
import type { Column, Target } from "./columns.ts";
import { type MetricName, rowScores } from "./scores.ts";

/** Rows with their labels to learn from, and rows to predict. */
export interface TableInstance {
  readonly train: readonly number[];
  readonly rows: readonly number[];
  /** The block of each of `rows`. */
  readonly blocks: readonly number[];
  /** The labels of `rows`. Absent from the task. */
  readonly labels: readonly number[];
}

/** The rows as the candidate gets them: column by column. */
function rowsOf(columns: readonly Column[], rows: readonly number[]): Data {
  return {
    rows: rows.length,
    columns: columns.map(({ name, kind, values, levels }) => ({
      name,
      kind,
      levels,
      values: rows.map((row) => values[row]),
    })),
  };
}

/** `labels`: those of the rows to learn from, in the order of `train`. */
export function tableTask(
  columns: readonly Column[],
  target: Pick<Target, "kind">,
  { train, rows }: Pick<TableInstance, "train" | "rows">,
  labels: readonly number[],
): Task {
  return {
    given: { table: rowsOf(columns, train), target: labels, kind: target.kind },
    then: rowsOf(columns, rows),
  };
}

/** The predictions, checked. Throws LabError "invalid" that names the first wrong row. */
export function predictionsOf(output: unknown, rows: number, kind: Target["kind"]): readonly number[] {
  if (!Array.isArray(output) || output.length !== rows)
    throw new LabError("invalid", {
      what: "the predictions",
      got: Array.isArray(output) ? `${output.length}` : typeof output,
      expected: `one for each of ${rows} rows`,
    });
  const high = kind === "classes" ? 1 : 1e100;
  const low = kind === "classes" ? 0 : -high;
  output.forEach((value: unknown, i) => {
    if (typeof value !== "number" || !(value >= low && value <= high))
      throw new LabError("invalid", {
        what: `row ${i + 1}`,
        got: (JSON.stringify(value) ?? "undefined").slice(0, 40),
        expected: kind === "classes" ? "a probability from 0 to 1" : "a number",
      });
  });
  return output as number[];
}

/** The first of `metrics` is the score. */
export function evaluateTable(
  kind: Target["kind"],
  [metric, ...others]: readonly MetricName[],
  { labels, blocks }: TableInstance,
  output: unknown,
): Evaluation {
  const predictions = predictionsOf(output, labels.length, kind);
  const { score, rows } = rowScores(metric, labels, predictions);
  const more = others.map((name) => ({ name, ...rowScores(name, labels, predictions) }));
  const metrics = Object.fromEntries(more.map((one) => [one.name, one.score]));
  const parts: Part[] = [];
  const count = Math.max(...blocks) + 1;
  for (let block = 0; block < count; block++) {
    const members = blocks.flatMap((of, i) => (of === block ? [i] : []));
    const mean = (values: readonly number[]) =>
      members.reduce((sum, i) => sum + values[i], 0) / members.length;
    parts.push({
      score: mean(rows),
      metrics: Object.fromEntries(more.map((one) => [one.name, mean(one.rows)])),
      weight: members.length,
    });
  }
  const words = [{ name: metric, score }, ...more]
    .map((one) => `${one.name} ${one.score.toFixed(4)}`)
    .join(", ");
  return { score, metrics, parts, words: `${labels.length} rows: ${words}` };
}
