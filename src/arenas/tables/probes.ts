// The probes of a table: what was learned from shuffled labels must be worth nothing, and a prediction must not change
// when later rows are taken away.
import { LabError } from "../../error.ts";
import { uniform } from "../../random.ts";
import type { Probe } from "../contract/arena.ts";
import type { Column, Target } from "./columns.ts";
import { predictionsOf, type TableInstance, tableTask } from "./evaluate.ts";
import { rowScores } from "./scores.ts";

/** The most rows that a probe learns from: shuffled labels teach nothing, however many there are. */
const SHUFFLED = 500;
/** Standard errors from chance that no shuffle explains. */
const FAR = 4;

/**
 * Learns from shuffled labels, and from the same ones the other way round. What is learned from the second predicts the
 * opposite of the first, so an honest candidate is at chance or below it in one of them; one feature that explains much
 * may well be above it in the other. A candidate that knows the answers is above chance in both.
 */
export function permutedLabels(
  columns: readonly Column[],
  target: Target,
  { train, rows, labels }: TableInstance,
  seed: number,
): Probe {
  const random = uniform("shuffle", seed);
  const some = train.slice(0, SHUFFLED);
  const shuffled = some.map((row) => target.values[row]);
  for (let i = shuffled.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [shuffled[i], shuffled[j]] = [shuffled[j], shuffled[i]];
  }
  const middle = target.kind === "classes" ? 0.5 : mean(shuffled);
  const turned = shuffled.map((label) => 2 * middle - label);
  const task = (values: readonly number[]) => tableTask(columns, target, { train: some, rows }, values);
  return {
    name: "permuted-labels",
    tasks: [task(shuffled), task(turned)],
    sameDraws: false,
    check(outputs) {
      const errors = outputs.map((output) =>
        aboveChance(labels, predictionsOf(output, labels.length, target.kind), target.kind),
      );
      const least = Math.min(...errors);
      if (least > FAR)
        throw new LabError("invalid", {
          what: "the predictions know the answers without having learned them",
          got: `${least.toFixed(1)} standard errors above chance after learning from shuffled labels`,
          expected: `at most ${FAR}`,
        });
    },
  };
}

/** Predicts fewer rows: the first half of them must get the same predictions without the second. */
export function truncatedFuture(
  columns: readonly Column[],
  target: Target,
  { train, rows }: Pick<TableInstance, "train" | "rows">,
): Probe {
  const early = rows.slice(0, Math.ceil(rows.length / 2));
  const labels = train.map((row) => target.values[row]);
  return {
    name: "truncated-future",
    tasks: [tableTask(columns, target, { train, rows: early }, labels)],
    sameDraws: true,
    check([output], [validation]) {
      const all = predictionsOf(validation, rows.length, target.kind);
      const changed = predictionsOf(output, early.length, target.kind).findIndex(
        (value, i) => value !== all[i],
      );
      if (changed >= 0)
        throw new LabError("invalid", {
          what: `row ${changed + 1}`,
          got: "another prediction when the later rows were left out",
          expected: "the same: a row is predicted without those after it",
        });
    },
  };
}

/** How far the predictions are above chance, in standard errors: by the area under the curve, or by correlation. */
function aboveChance(
  labels: readonly number[],
  predictions: readonly number[],
  kind: Target["kind"],
): number {
  const n = labels.length;
  if (kind === "classes") {
    const positive = labels.filter((label) => label === 1).length;
    const error = Math.sqrt((n + 1) / (12 * positive * (n - positive)));
    return (0.5 - rowScores("1 − AUC", labels, predictions).score) / error;
  }
  const [a, b] = [ranks(labels), ranks(predictions)];
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  const size = Math.sqrt(dot(a, a) * dot(b, b));
  return size === 0 ? 0 : (dot(a, b) / size) * Math.sqrt(n - 1);
}

/** Ranks around 0; equal values share the mean of theirs. */
function ranks(values: readonly number[]): readonly number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a] - values[b]);
  const found = new Array<number>(values.length).fill(0);
  for (let start = 0, end = 0; start < order.length; start = end) {
    while (end < order.length && values[order[end]] === values[order[start]]) end++;
    for (let k = start; k < end; k++) found[order[k]] = (start + end - 1) / 2 - (order.length - 1) / 2;
  }
  return found;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
