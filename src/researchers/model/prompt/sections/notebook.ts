// One entry for each experiment: verdict, score, hypothesis, measurements and lesson; for the most important ones also
// the diff and the shape of the loss. The forms from the fourth on are bounded, so the prompt of a long study does not
// grow.
import type { HistoryEntry } from "../../../researcher.ts";
import type { Section } from "../../material/fit-prompt.ts";
import { lineage } from "../../material/insight.ts";
import type { Material } from "../../material/material.ts";
import { describeCurve } from "./curves.ts";
import { count, diffOf, label, score, signed } from "./words.ts";

/** How much a form shows. */
interface Form {
  /** Number of rows: the last experiments, and the last kept ones. */
  readonly last: number;
  readonly kept: number;
  /** Number of diffs: of the last kept and of the last failed experiments. */
  readonly diffs: readonly [kept: number, failed: number];
  readonly curves: number;
  /** Maximum length of a hypothesis, a reason, a lesson [characters]. */
  readonly words: number;
}

const FORMS: readonly Form[] = [
  { last: Infinity, kept: Infinity, diffs: [8, 14], curves: 10, words: 240 },
  { last: Infinity, kept: Infinity, diffs: [8, 6], curves: 3, words: 240 },
  { last: 60, kept: Infinity, diffs: [3, 3], curves: 3, words: 240 },
  { last: 20, kept: 40, diffs: [3, 3], curves: 1, words: 240 },
  { last: 20, kept: 10, diffs: [1, 1], curves: 0, words: 160 },
  { last: 12, kept: 4, diffs: [0, 0], curves: 0, words: 160 },
  { last: 4, kept: 1, diffs: [0, 0], curves: 0, words: 100 },
];

export function notebook(material: Material): Section {
  return { name: "notebook", forms: [...FORMS.map((form) => () => write(material, form)), () => ""] };
}

function write(material: Material, form: Form): string {
  const { brief, facts } = material;
  const { history, incumbent } = brief;
  if (history.length === 0) return "";
  const kept = history.filter(({ status }) => status === "keep");
  const failed = history.filter(({ status, parent }) => status !== "keep" && parent !== null);
  const own = history.filter(({ number }) => number === incumbent?.number);
  const chosen = new Set([...own, ...lastOf(kept, form.kept), ...lastOf(history, form.last)]);
  const diffs = new Set([...lastOf(kept, form.diffs[0]), ...lastOf(failed, form.diffs[1])]);
  const curves = new Set(form.curves === 0 ? [] : [...own, ...lastOf(history, form.curves)]);
  const noise = facts.noise
    ? `Noise between seeds: standard deviation ${facts.noise.sd.toFixed(4)} bpb from ${facts.noise.runs} runs; smaller differences mean little.\n`
    : "";
  const rule = facts.rule === undefined ? "" : `Verdicts: ${facts.rule}\n`;
  const line = incumbent ? lineage(history, incumbent.number).map(({ number }) => `#${number}`) : [];
  const chain = line.length < 2 ? "" : `The incumbent's line: ${line.slice(-16).join(", ")}.\n`;
  const rows = history
    .filter((entry) => chosen.has(entry))
    .map((entry) => rowOf(material, entry, form.words, diffs.has(entry), curves.has(entry)));
  return `# The notebook: ${history.length} experiments\n\n${noise}${rule}${chain}\n${rows.join("\n")}`;
}

const lastOf = <T>(list: readonly T[], count: number): readonly T[] =>
  count === 0 ? [] : list.slice(-count);

function rowOf(
  material: Material,
  entry: HistoryEntry,
  words: number,
  diff: boolean,
  curve: boolean,
): string {
  const { brief, facts, fence } = material;
  const { number, status, valBpb, incumbentBpb, category, hypothesis, reason, lesson, parent } = entry;
  const run = facts.runs?.(number) ?? {};
  const change =
    valBpb === null || incumbentBpb === null
      ? ""
      : ` (${signed(valBpb - incumbentBpb)} against ${score(incumbentBpb)})`;
  const result = valBpb === null ? "no score" : `${score(valBpb)}${change}`;
  const from = parent === null ? "" : ` from #${parent}`;
  const measured = [
    ...(run.steps === undefined ? [] : [`${count(run.steps)} steps`]),
    ...(run.tokensPerSecond === undefined ? [] : [`${count(run.tokensPerSecond)} tokens/s`]),
    ...(run.parameters === undefined ? [] : [`${count(run.parameters)} parameters`]),
  ].join(", ");
  const said = (name: string, text: string | null | undefined) =>
    text ? ` ${name}: ${fence.inline(text, words)}.` : "";
  const row = [
    `- #${number} ${status} ${result}${from} [${label(category)}] ${fence.inline(hypothesis, words)}.`,
    measured === "" ? "" : ` ${measured}.`,
    said("Expected", run.expected),
    said("Ended", lesson.includes(reason) ? "" : reason),
    said("Lesson", lesson),
  ].join("");
  const parentEntry = diff ? brief.history.find((one) => one.number === parent) : undefined;
  const changes = parentEntry ? diffOf(parentEntry.source, entry.source, 60) : "";
  const sample = number === brief.incumbent?.number ? (run.sample ?? "") : "";
  return [
    row,
    ...(entry.sentBack ?? []).map(
      (one) =>
        `  Sent back before: ${fence.inline(one.hypothesis, words)}: ${fence.inline(one.reason, words)}`,
    ),
    ...(curve && run.curve && run.curve.length > 1 ? [`  Loss: ${describeCurve(run.curve)}`] : []),
    ...(curve && sample !== "" ? [fence.quote("sample written by the incumbent", sample.slice(0, 400))] : []),
    ...(changes === "" ? [] : [fence.quote(`diff of #${number}`, changes)]),
  ].join("\n");
}
