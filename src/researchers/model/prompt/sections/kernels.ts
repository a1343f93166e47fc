// Time and memory of a training step by kernel: only a slow kernel is worth changing.
import type { Section } from "../../material/fit-prompt.ts";
import type { Material } from "../../material/material.ts";

export function kernels({ facts, fence }: Material): Section {
  const form = (rows: number) => () => {
    const text = facts.step?.(rows) ?? "";
    return text === ""
      ? ""
      : `# Where the incumbent's step goes\n\n${fence.quote("profile of a step", text)}`;
  };
  return { name: "kernels", forms: [form(12), form(5), () => ""] };
}
