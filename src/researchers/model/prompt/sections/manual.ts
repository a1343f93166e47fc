// The documented types of nn and prepare, which the brief carries.
import type { Section } from "../../material/fit-prompt.ts";
import type { Material } from "../../material/material.ts";

export function manual({ brief }: Material): Section {
  const section = (text: string) =>
    text.trim() === "" ? "" : `# Manual: the modules train.ts may import\n\n\`\`\`ts\n${text.trim()}\n\`\`\``;
  return {
    name: "manual",
    forms: [
      () => section(brief.manual),
      () => section(bare(brief.manual)),
      () => section(namesOf(brief.manual)),
      () => "",
    ],
  };
}

/** Declarations without their comments. */
function bare(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/^\s*\/\/.*$/gm, "")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{2,}/g, "\n");
}

/** The exported names alone, in one line. */
function namesOf(text: string): string {
  const names = [...text.matchAll(/^export (?:declare )?(?:function|class|const) (\w+)/gm)].map(
    ([, name = ""]) => name,
  );
  return names.length === 0 ? "" : `// ${[...new Set(names)].join(", ")}`;
}
