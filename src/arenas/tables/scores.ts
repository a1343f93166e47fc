// The metrics of a table, each as a score of every row whose mean is the metric, so that two candidates can be compared
// row by row. For the area under the curve these are DeLong's components, for the root mean square error the first
// order of its change; the paired error is then that of the published tests.
import type { Target } from "./columns.ts";

export type MetricName = "1 − AUC" | "log loss" | "RMSE" | "mean absolute error";

/** What a metric measures in, and which targets have it. Lower is better in all of them. */
export const METRICS: Readonly<Record<MetricName, { readonly unit: string; readonly of: Target["kind"] }>> = {
  "1 − AUC": { unit: "share of pairs in the wrong order", of: "classes" },
  "log loss": { unit: "nats", of: "classes" },
  RMSE: { unit: "units of the target", of: "numbers" },
  "mean absolute error": { unit: "units of the target", of: "numbers" },
};

/** A probability nearer to 0 or 1 counts as this near: one certain error must not decide a whole table. */
const NEAREST = 1e-4;

/** The metric of all rows, and of each. `labels` are 0 and 1, both present, or numbers. */
export function rowScores(
  metric: MetricName,
  labels: readonly number[],
  predictions: readonly number[],
): { readonly score: number; readonly rows: readonly number[] } {
  if (metric === "1 − AUC") {
    const rows = wrongPairs(labels, predictions);
    return { score: mean(rows), rows };
  }
  if (metric === "log loss") {
    const rows = labels.map((label, i) => {
      const p = Math.min(1 - NEAREST, Math.max(NEAREST, predictions[i]));
      return -Math.log(label === 1 ? p : 1 - p);
    });
    return { score: mean(rows), rows };
  }
  const errors = labels.map((label, i) => Math.abs(label - predictions[i]));
  if (metric === "mean absolute error") return { score: mean(errors), rows: errors };
  const squares = errors.map((error) => error * error);
  const square = mean(squares);
  const score = Math.sqrt(square);
  // Exact in the mean: the rows' deviations from the mean square add up to 0.
  return { score, rows: squares.map((one) => (score === 0 ? 0 : score + (one - square) / (2 * score))) };
}

/**
 * For each row the share of rows of the other class that it stands in the wrong order with, scaled to the size of its
 * class (DeLong, DeLong and Clarke-Pearson 1988). Ties count half.
 */
function wrongPairs(labels: readonly number[], predictions: readonly number[]): readonly number[] {
  const n = labels.length;
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => predictions[a] - predictions[b]);
  const count = [0, 0];
  for (const label of labels) count[label]++;
  const wrong = new Array<number>(n).fill(0);
  const below = [0, 0];
  for (let start = 0, end = 0; start < n; start = end) {
    const tied = [0, 0];
    for (; end < n && predictions[order[end]] === predictions[order[start]]; end++)
      tied[labels[order[end]]]++;
    for (let k = start; k < end; k++) {
      const i = order[k];
      const other = 1 - labels[i];
      const under = below[other] + tied[other] / 2;
      wrong[i] = (labels[i] === 1 ? count[0] - under : under) / count[other];
    }
    below[0] += tied[0];
    below[1] += tied[1];
  }
  const score = mean(wrong.filter((_, i) => labels[i] === 1));
  return wrong.map((share, i) => score + ((share - score) * n) / count[labels[i]]);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
