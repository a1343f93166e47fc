// What other labs wrote in their notebooks: the least trusted of all, and the first to go.
import type { Section } from "../../material/fit-prompt.ts";
import type { Material } from "../../material/material.ts";
import { label } from "./words.ts";

export function elsewhere({ facts, fence }: Material): Section {
  const others = facts.elsewhere ?? [];
  const form = () =>
    others.length === 0
      ? ""
      : `# Other labs' notebooks: measured elsewhere, not here\n\n${others.map(({ lab, text }) => fence.quote(`notebook of ${label(lab)}`, text)).join("\n\n")}`;
  return { name: "elsewhere", forms: [form, () => ""] };
}
