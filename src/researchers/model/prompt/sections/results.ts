// Every experiment in a line: number, verdict, score, what it changed and why it ended so.
import type { HistoryEntry } from "../../../researcher.ts";
import type { Fence } from "../../material/quote-untrusted.ts";
import type { Section } from "../../material/fit-prompt.ts";
import type { Material } from "../../material/material.ts";
import { label, score, signed } from "./words.ts";

export function results({ brief, fence, facts }: Material): Section {
  const { history } = brief;
  const form = (chosen: readonly HistoryEntry[]) => () => {
    if (chosen.length === 0) return "";
    const noise = facts.noise
      ? `Noise between seeds: standard deviation ${facts.noise.sd.toFixed(4)} bpb from ${facts.noise.runs} runs; smaller differences mean little.\n`
      : "";
    const rule = facts.rule === undefined ? "" : `Verdicts: ${facts.rule}\n`;
    const list = chosen.map((entry) => row(entry, fence));
    return `# The notebook: ${history.length} experiments\n\n${noise}${rule}\n${list.join("\n")}`;
  };
  const withKept = (count: number) => {
    const last = new Set(history.slice(-count));
    return history.filter((entry) => entry.status === "keep" || last.has(entry));
  };
  return {
    name: "results",
    forms: [form(history), form(withKept(60)), form(withKept(20)), form(history.slice(-12))],
  };
}

function row(entry: HistoryEntry, fence: Fence): string {
  const { number, status, valBpb, incumbentBpb, category, hypothesis, reason, lesson, parent } = entry;
  const change =
    valBpb === null || incumbentBpb === null
      ? ""
      : ` (${signed(valBpb - incumbentBpb)} against ${score(incumbentBpb)})`;
  const result = valBpb === null ? "no score" : `${score(valBpb)}${change}`;
  const from = parent === null ? "" : ` from #${parent}`;
  const why = reason === "" || lesson.includes(reason) ? "" : ` Ended: ${fence.inline(reason, 200)}.`;
  const learned = lesson === "" ? "" : ` Lesson: ${fence.inline(lesson, 240)}.`;
  return `- #${number} ${status} ${result}${from} [${label(category)}] ${fence.inline(hypothesis, 240)}.${why}${learned}`;
}
