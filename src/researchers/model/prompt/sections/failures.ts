// Ideas that did not work, newest first: the diff, how it ended, what was learned. A failed idea is knowledge.
import type { HistoryEntry } from "../../../researcher.ts";
import type { Section } from "../../material/fit-prompt.ts";
import type { Material } from "../../material/material.ts";
import { diffOf, signed } from "./words.ts";

export function failures({ brief, fence, facts }: Material): Section {
  const byNumber = new Map(brief.history.map((entry) => [entry.number, entry]));
  const failed = brief.history.filter(({ status, parent }) => status !== "keep" && parent !== null).reverse();
  const show = (entry: HistoryEntry): string => {
    const parent = entry.parent === null ? undefined : byNumber.get(entry.parent);
    const expected = facts.runs?.(entry.number)?.expected ?? "";
    const lines = [
      `## #${entry.number} ${entry.status}${change(entry)}`,
      `Hypothesis: ${fence.inline(entry.hypothesis)}`,
      ...(expected === "" ? [] : [`Expected: ${fence.inline(expected, 160)}`]),
      ...(entry.reason === "" ? [] : [`Ended: ${fence.inline(entry.reason)}`]),
      ...(entry.lesson === "" ? [] : [`Lesson: ${fence.inline(entry.lesson)}`]),
    ];
    const diff = parent ? diffOf(parent.source, entry.source, 60) : "";
    return [...lines, ...(diff === "" ? [] : [fence.quote(`diff of #${entry.number}`, diff)])].join("\n");
  };
  const sentBack = [...brief.history, ...brief.pending]
    .flatMap(({ number, sentBack: list = [] }) => list.map((one) => ({ ...one, number })))
    .reverse();
  const returned = (most: number) => {
    const lines = sentBack
      .slice(0, most)
      .map(
        ({ number, hypothesis, reason }) =>
          `- for #${number}: ${fence.inline(hypothesis, 160)}: ${fence.inline(reason, 240)}`,
      );
    return lines.length === 0 ? [] : [`Sent back, because the rehearsal failed:\n${lines.join("\n")}`];
  };
  const form = (most: number) => () => {
    const shown = [...failed.slice(0, most).map(show), ...returned(most)];
    return shown.length === 0 ? "" : `# What did not work, newest first\n\n${shown.join("\n\n")}`;
  };
  return { name: "failures", forms: [form(14), form(6), form(3), () => ""] };
}

function change({ valBpb, incumbentBpb }: HistoryEntry): string {
  return valBpb === null || incumbentBpb === null ? "" : ` ${signed(valBpb - incumbentBpb)} bpb`;
}
