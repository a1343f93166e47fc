// Where the time of a training step goes: what is slow is worth changing, what is not is not.
import type { Section } from "../fit.ts";
import type { Material } from "../prompt.ts";

export function kernels({ facts, fence }: Material): Section {
  const sorted = [...(facts.kernels ?? [])].sort((a, b) => b.ms - a.ms);
  const total = sorted.reduce((sum, { ms }) => sum + ms, 0);
  const form = (most: number) => () => {
    if (total === 0) return "";
    const list = sorted
      .slice(0, most)
      .map(
        ({ label: name, ms }) =>
          `- ${fence.inline(name, 60)} ${ms.toFixed(2)} ms (${((100 * ms) / total).toFixed(0)} %)`,
      );
    return `# Time per kernel of the incumbent's step: ${total.toFixed(1)} ms in all\n\n${list.join("\n")}`;
  };
  return { name: "kernels", forms: [form(12), form(5), () => ""] };
}
