// learnings.md without its line for each experiment: the notebook already has these.
import type { Section } from "../../material/fit-prompt.ts";
import type { Material } from "../../material/material.ts";

export function learnings({ facts, fence }: Material): Section {
  const lines = (facts.learnings ?? "")
    .split("\n")
    .filter((line) => !/^[-*] #\d+\b/.test(line))
    .join("\n")
    .trim()
    .split("\n");
  const form = (most: number) => () => {
    const text = (most >= lines.length ? lines : lines.slice(-most)).join("\n");
    return text === "" ? "" : `# Learnings so far\n\n${fence.quote("learnings.md", text)}`;
  };
  return { name: "learnings", forms: [form(Infinity), form(40), form(15), () => ""] };
}
