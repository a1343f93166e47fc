// What the incumbent is made of: its constants, and the chain of kept experiments that led to it with what each gained.
import { parseConstants } from "../../../source/constants.ts";
import type { HistoryEntry } from "../../../researcher.ts";
import type { Section } from "../../material/fit-prompt.ts";
import { gainOf, lineage } from "../../material/insight.ts";
import type { Material } from "../../material/material.ts";
import { diffOf, label, score, signed } from "./words.ts";

export function lineageSection({ brief, fence }: Material): Section {
  const chain = brief.incumbent ? lineage(brief.history, brief.incumbent.number) : [];
  const form = (diffs: number) => () => {
    const constants = parseConstants(brief.source).map(({ name, value }) => `${name} ${value}`);
    const made = constants.length === 0 ? "" : `Constants: ${constants.join(", ")}.\n\n`;
    const steps = chain.map((entry, i) => {
      const parent = chain[i - 1];
      const line =
        parent === undefined
          ? `- #${entry.number} the baseline, ${entry.valBpb === null ? "" : score(entry.valBpb)}`
          : `- #${entry.number} ${signed(-gainOf(entry))} [${label(entry.category)}] ${fence.inline(entry.hypothesis, 160)}`;
      const shown = parent !== undefined && i >= chain.length - diffs;
      return shown ? `${line}\n${quoteDiff(parent, entry)}` : line;
    });
    if (made === "" && steps.length === 0) return "";
    return `# What the incumbent is made of\n\n${made}${steps.join("\n")}`;
  };
  const quoteDiff = (parent: HistoryEntry, entry: HistoryEntry) =>
    fence.quote(`diff of #${entry.number}`, diffOf(parent.source, entry.source, 40));
  return { name: "lineage", forms: [form(8), form(3), form(0)] };
}
