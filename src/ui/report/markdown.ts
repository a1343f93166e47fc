// A report as Markdown.

import type { Block, Inline, Line, Report } from "./blocks.ts";

/** The report as text; ends with a newline. */
export function toMarkdown({ title, blocks }: Report): string {
  return [`# ${title}`, ...blocks.map(block)].filter((part) => part !== "").join("\n\n") + "\n";
}

function block(one: Block): string {
  switch (one.kind) {
    case "heading":
      return `## ${one.text}`;
    case "text":
      return words(one.line);
    case "list":
      return one.items.map((item) => `- ${cell(item)}`).join("\n");
    case "table":
      return [one.head.map((name) => [name]), one.head.map(() => ["---"]), ...one.rows]
        .map((row) => `| ${row.map(cell).join(" | ")} |`)
        .join("\n");
    case "quote":
      return `${words(one.title)}\n\n${one.text
        .split("\n")
        .map((line) => `> ${line}`.trimEnd())
        .join("\n")}`;
    case "chart":
      return ""; // Markdown cannot contain the picture itself
  }
}

const word = (inline: Inline): string =>
  typeof inline === "string" ? inline : "code" in inline ? `\`${inline.code}\`` : String(inline.experiment);

const words = (line: Line): string => line.map(word).join("");

/** Escapes a cell's text, so that it stays in its line and its column. */
const cell = (line: Line): string => words(line).replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
