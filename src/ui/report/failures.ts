// The failures of a study: the closest misses, and the reasons of the runs without a score.

import type { ArenaView, ExperimentView } from "../../research/index.ts";
import { bpb, count, delta } from "../state/format.ts";
import { gainOf } from "../state/listing.ts";
import { numbered, table, type Block, type Line } from "./blocks.ts";

const MISSES = 10;
const REASONS = 12;

/** Discarded experiments nearest to a gain, which might be tried again. */
export function misses(experiments: readonly ExperimentView[], { score }: ArenaView): Block | null {
  const near = experiments
    .flatMap((e) => {
      const gain = gainOf(e);
      return e.status === "discard" && gain !== null ? [{ e, gain }] : [];
    })
    .sort((a, b) => b.gain - a.gain)
    .slice(0, MISSES);
  return table(
    ["No.", score, "Gain", "Closest misses", "Lesson"],
    near.map(({ e, gain }) => [
      { experiment: e.number },
      bpb(e.valBpb),
      delta(gain),
      e.hypothesis,
      e.lesson === "" ? e.reason : e.lesson,
    ]),
  );
}

/** Reasons of crashes and of invalid runs, the most frequent first, each with its experiments. */
export function failures(experiments: readonly ExperimentView[]): Block | null {
  const reasons = new Map<string, number[]>();
  for (const { number, status, reason } of experiments) {
    if (status !== "crash" && status !== "invalid") continue;
    // Failures that differ only in their line of train.ts count as the same.
    const kind = `${status === "crash" ? "Crashed" : "Invalid"}: ${reason.replace(/^train\.ts:\d+(:\d+)?: /, "")}`;
    reasons.set(kind, [...(reasons.get(kind) ?? []), number]);
  }
  if (reasons.size === 0) return null;
  const listed = [...reasons].sort(([, a], [, b]) => b.length - a.length);
  const items = listed
    .slice(0, REASONS)
    .map(([kind, numbers]): Line => [`${kind} (No. `, ...numbered(numbers), ")"]);
  const rest = listed.slice(REASONS).reduce((sum, [, numbers]) => sum + numbers.length, 0);
  return { kind: "list", items: rest === 0 ? items : [...items, [`${count(rest)} more, for other reasons`]] };
}
