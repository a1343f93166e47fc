// The metrics of a study besides its score, as results.tsv, the commits and the log show them.
import { byMetric, type Mark, marksOf, meanMetric, type Metric } from "./metrics.ts";
import type { ScoredRun } from "./verdict.ts";

/** The runs of an experiment, and the weights of their chunks. */
interface Measured {
  readonly runs: readonly ScoredRun[];
  readonly chunkBytes: readonly number[];
}

export interface ArenaMetrics {
  /** Metrics that must not get worse. */
  readonly guards: readonly Metric[];
  /** Metrics that are only shown. */
  readonly secondary: readonly Metric[];
}

/** Guards first: the first metric is the second axis of the marks. */
export const metricsOf = ({ guards, secondary }: ArenaMetrics): readonly Metric[] => [
  ...guards,
  ...secondary,
];

/** The mean of each metric over the candidate's runs; empty for an experiment without a score. */
export function metricValues(
  { runs, chunkBytes }: Measured,
  metrics: ArenaMetrics,
): Readonly<Record<string, number>> {
  const found = metricsOf(metrics).flatMap(({ name }) => {
    const value = meanMetric(runs, name, chunkBytes);
    return value === null ? [] : [[name, Number(value.toPrecision(7))] as const];
  });
  return Object.fromEntries(found);
}

/** Marks by the score and the first other metric; null for an experiment without both. Empty without a metric. */
export function marksOfRecords(
  records: readonly Measured[],
  metrics: ArenaMetrics,
): readonly (Mark | null)[] {
  const [metric] = metricsOf(metrics);
  if (metric === undefined) return [];
  const candidates = records.map(({ runs }) => {
    const second = byMetric(runs, metric);
    return second === null ? null : ([runs, second] as const);
  });
  return marksOf(candidates, records.find(({ chunkBytes }) => chunkBytes.length > 0)?.chunkBytes ?? []);
}
