// The experiments as the list shows them: those that pass the filter, in the chosen order, pinned ones first. The list,
// the chart and the keys that move the selection all read the same list.

import type { ExperimentView } from "../../research/index.ts";
import { filterOf } from "./filter.ts";

export type SortKey = "number" | "score" | "gain" | "speed" | "researcher";

export interface Sort {
  readonly by: SortKey;
  readonly ascending: boolean;
}

interface ListQuery {
  readonly experiments: readonly ExperimentView[];
  readonly query: string;
  readonly sort: Sort;
  readonly pins: readonly number[];
}

/** The incumbent's score at that time minus its own [bits per byte]: more is better. Null if either is missing. */
export function gainOf({ valBpb, incumbentBpb }: ExperimentView): number | null {
  return valBpb === null || incumbentBpb === null ? null : incumbentBpb - valBpb;
}

const VALUES: Readonly<Record<SortKey, (e: ExperimentView) => number | string | null>> = {
  number: (e) => e.number,
  score: (e) => e.valBpb,
  gain: gainOf,
  speed: (e) => (e.tokensPerSecond > 0 ? e.tokensPerSecond : null),
  researcher: (e) => e.researcher,
};

/** The order after a first click on a column's head: the best or the newest on top. */
export function firstSort(by: SortKey): Sort {
  return { by, ascending: by === "score" || by === "researcher" };
}

export function listExperiments({ experiments, query, sort, pins }: ListQuery): readonly ExperimentView[] {
  const passes = filterOf(query, pins);
  const value = VALUES[sort.by];
  const sign = sort.ascending ? 1 : -1;
  const order = (a: ExperimentView, b: ExperimentView): number => {
    const [x, y] = [value(a), value(b)];
    // Experiments without a value come last in either direction.
    if (x === null || y === null) return Number(x === null) - Number(y === null) || b.number - a.number;
    return x === y ? b.number - a.number : x < y ? -sign : sign;
  };
  const first = new Set(pins);
  return experiments
    .filter(passes)
    .sort((a, b) => Number(first.has(b.number)) - Number(first.has(a.number)) || order(a, b));
}

/** A cache of the last list, for several readers of the same query. */
export function rememberLast(): (query: ListQuery) => readonly ExperimentView[] {
  let last: { readonly query: ListQuery; readonly list: readonly ExperimentView[] } | null = null;
  return (query) => {
    const old = last?.query;
    const same =
      old?.experiments === query.experiments &&
      old.query === query.query &&
      old.sort === query.sort &&
      old.pins === query.pins;
    if (last !== null && same) return last.list;
    last = { query, list: listExperiments(query) };
    return last.list;
  };
}
