// One text for all the ways of writing the same train.ts, so that no proposal is a repeat in disguise: comments,
// layout, trailing commas, the spelling of numbers and constants that nothing reads do not count.
import type { SyntaxNode } from "@lezer/common";
import { parseConstants } from "./constants.ts";
import { children, literal, parse } from "./parse.ts";

const ATOMS = new Set(["TemplateString", "String", "RegExp", "JSXText"]);

// Histories only grow and are compared with every proposal.
const known = new Map<string, string>();

/** The tokens of `source`, joined by spaces. Equal texts do the same; the reverse is not promised. */
export function normaliseSource(source: string): string {
  let text = known.get(source);
  if (text === undefined) {
    if (known.size >= 2000) known.clear();
    text = normalise(source);
    known.set(source, text);
  }
  return text;
}

function normalise(source: string): string {
  const dead = parseConstants(source).filter((constant) => !constant.used);
  const tokens: string[] = [];
  const walk = (node: SyntaxNode): void => {
    if (node.name === "LineComment" || node.name === "BlockComment") return;
    const text = source.slice(node.from, node.to);
    if (node.name === "VariableDeclaration" && dead.some((c) => c.from >= node.from && c.to <= node.to))
      return;
    if (ATOMS.has(node.name)) tokens.push(text);
    else if (node.name === "Number") tokens.push(String(literal(text)));
    else if (node.firstChild) for (const child of children(node)) walk(child);
    else if (text !== "") {
      if (/^[)\]}]$/.test(text) && tokens.at(-1) === ",") tokens.pop();
      if (text !== ";" || tokens.at(-1) !== ";") tokens.push(text);
    }
  };
  walk(parse(source).topNode);
  return tokens.join(" ");
}
