// Finds columns that give the target away: each column alone predicts the target on rows that it did not see. Numbers
// are cut into many bins, and missing values are a bin, so that neither order nor shape hides what a column knows.
import { LabError } from "../../error.ts";
import { uniform } from "../../random.ts";
import type { Column, Target } from "./columns.ts";
import { rowScores } from "./scores.ts";

const MAX_BINS = 64;
/** Rows of a bin, where there are few. */
const ROWS = 16;
/** A bin's mean is drawn towards the mean of all rows, by as much as this many rows. */
const DOUBT = 0.1;
/** A column alone with an area under the curve or an explained share of the variance above these gives it away. */
const AUC = 0.99;
const EXPLAINED = 0.98;

/** How well the column alone predicts: the area under the curve, or the explained share of the variance. */
export function alone({ values, kind }: Column, target: Target): number {
  const bins = binsOf(values, kind === "category");
  const predictions = heldOut(bins, target.values);
  if (target.kind === "classes") return 1 - rowScores("1 − AUC", target.values, predictions).score;
  const average = mean(target.values);
  const variance = mean(target.values.map((value) => (value - average) ** 2));
  return 1 - mean(target.values.map((value, i) => (value - predictions[i]) ** 2)) / variance;
}

/** Throws LabError "arena" that names the first column which gives the target away. */
export function checkLeaks(columns: readonly Column[], target: Target, trust: readonly string[]): void {
  for (const column of columns) {
    if (trust.includes(column.name)) continue;
    const found = alone(column, target);
    const classes = target.kind === "classes";
    if (found <= (classes ? AUC : EXPLAINED)) continue;
    const words = classes ? `an AUC of ${found.toFixed(3)}` : `${(100 * found).toFixed(1)} % of the variance`;
    throw new LabError("arena", {
      what: `column ${column.name} gives the target away`,
      got: `${words} by itself`,
      hint: `leave it out with --without "${column.name}", or say with --trust "${column.name}" that it is known before the target`,
    });
  }
}

/** The bin of each row; rows without a value share one. */
function binsOf(values: readonly (number | null)[], category: boolean): readonly number[] {
  const there = values.filter((value) => value !== null).sort((a, b) => a - b);
  const distinct = new Set(there).size;
  const bins = Math.max(2, Math.min(MAX_BINS, Math.floor(values.length / ROWS)));
  if (category || distinct <= bins) {
    const codes = new Map([...new Set(there)].map((value, code) => [value, code + 1]));
    return values.map((value) => (value === null ? 0 : (codes.get(value) ?? 0)));
  }
  const cuts = Array.from({ length: bins - 1 }, (_, i) => there[Math.floor(((i + 1) * there.length) / bins)]);
  return values.map((value) => (value === null ? 0 : 1 + cuts.filter((cut) => cut <= value).length));
}

/** The mean target of each row's bin among the other half of the rows, drawn towards the mean of all. */
function heldOut(bins: readonly number[], labels: readonly number[]): readonly number[] {
  const average = mean(labels);
  // Drawn, because the rows of a file may alternate.
  const random = uniform("halves");
  const half = labels.map(() => (random() < 0.5 ? 0 : 1));
  const sums = [
    new Map<number, [sum: number, count: number]>(),
    new Map<number, [sum: number, count: number]>(),
  ];
  bins.forEach((bin, i) => {
    const [sum, count] = sums[half[i]].get(bin) ?? [DOUBT * average, DOUBT];
    sums[half[i]].set(bin, [sum + labels[i], count + 1]);
  });
  return bins.map((bin, i) => {
    const [sum, count] = sums[1 - half[i]].get(bin) ?? [DOUBT * average, DOUBT];
    return sum / count;
  });
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
