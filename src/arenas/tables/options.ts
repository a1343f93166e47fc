// The options of a table: its target, how it is split, and how it is scored.
import { LabError } from "../../error.ts";
import type { Target } from "./columns.ts";
import { type MetricName, METRICS } from "./scores.ts";

export type Split = { readonly by: "hash" } | { readonly by: "group" | "time"; readonly column: string };

export interface TableOptions {
  readonly target: string;
  /** Null: 1 − AUC for classes, RMSE for numbers. */
  readonly metric: MetricName | null;
  readonly split: Split;
  /** Columns that the candidate does not get. */
  readonly without: readonly string[];
  /** Columns that may tell the target almost alone, because they are known before it. */
  readonly trust: readonly string[];
}

/** Names as in the flags of the command line. */
export const OPTIONS = ["target", "metric", "split", "without", "trust"] as const;

const METRIC_FLAGS: Readonly<Record<string, MetricName>> = {
  auc: "1 − AUC",
  logloss: "log loss",
  rmse: "RMSE",
  mae: "mean absolute error",
};

/** Throws LabError "arena" in one line that names the flag. */
export function readOptions(given: Readonly<Record<string, string>>): TableOptions {
  const { target = "", metric, split = "hash", without = "", trust = "" } = given;
  if (target === "")
    throw new LabError("arena", { what: "--target", got: "nothing", expected: "the name of a column" });
  if (metric !== undefined && !Object.hasOwn(METRIC_FLAGS, metric))
    throw new LabError("arena", {
      what: "--metric",
      got: metric,
      expected: Object.keys(METRIC_FLAGS).join(", "),
    });
  const names = (list: string) => list.split(",").flatMap((one) => (one.trim() === "" ? [] : [one.trim()]));
  return {
    target,
    metric: metric === undefined ? null : METRIC_FLAGS[metric],
    split: splitOf(split),
    without: names(without),
    trust: names(trust),
  };
}

function splitOf(text: string): Split {
  if (text === "hash") return { by: "hash" };
  const [, by, column] = /^(group|time):(.+)$/.exec(text) ?? [];
  if ((by === "group" || by === "time") && column !== undefined) return { by, column };
  throw new LabError("arena", { what: "--split", got: text, expected: "hash, group:COLUMN or time:COLUMN" });
}

/** The metric of a target. Throws LabError "arena" for one that does not fit it. */
export function metricOf({ metric }: TableOptions, { kind, name }: Target): MetricName {
  const found = metric ?? (kind === "classes" ? "1 − AUC" : "RMSE");
  if (METRICS[found].of !== kind)
    throw new LabError("arena", {
      what: `--metric ${found}`,
      got: `target ${name} of ${kind === "classes" ? "two classes" : "numbers"}`,
      expected: `a target of ${METRICS[found].of === "classes" ? "two classes" : "numbers"}`,
    });
  return found;
}
