// The cost of a study: time, tokens, money.

import { arenaOfStudy } from "../../research/contract/arena-view.ts";
import type { LabState } from "../../research/index.ts";
import { clock, compact, count, plural } from "../state/format.ts";
import type { Block, Line } from "./blocks.ts";

export function cost({
  study,
  experiments,
  models,
}: Pick<LabState, "study" | "experiments" | "models">): Block | null {
  const last = experiments.at(-1);
  if (study === null || last === undefined) return null;
  const sum = (of: (e: (typeof experiments)[number]) => number) =>
    experiments.reduce((all, e) => all + of(e), 0);
  const runs = sum((e) => e.runs + e.incumbentRuns);
  const trained = Math.round(sum((e) => e.seconds * Math.max(1, e.runs + e.incumbentRuns)));
  const wall = Math.round((last.finishedAt - study.createdAt) / 1000);
  const { trains } = arenaOfStudy(study);
  const items: Line[] = [
    [`${plural(runs, "run")}, about ${clock(trained)}${trains ? " of training" : ""}`],
    [`${compact(sum((e) => e.tokens))} ${trains ? "tokens" : "ticks"} in the scored runs`],
  ];
  if (wall > 0) items.unshift([`${clock(wall)} from the first minute to the last verdict`]);
  const money = models?.money.experiments.map(({ totals }) => totals) ?? [];
  const calls = money.reduce((all, { calls }) => all + calls, 0);
  if (calls > 0) {
    const dollars = money.reduce((all, totals) => all + totals.dollars, 0);
    items.push([`${count(calls)} calls of language models, $${dollars.toFixed(2)}`]);
  }
  return { kind: "list", items };
}
