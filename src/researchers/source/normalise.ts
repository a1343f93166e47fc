// A normal form of train.ts that finds repeated proposals: it ignores comments, layout, trailing commas, the spelling
// of numbers and unused constants.
import type { SyntaxNode } from "@lezer/common";
import { parseConstants } from "./constants.ts";
import { children, literal, parse } from "./parse.ts";

const ATOMS = new Set(["TemplateString", "String", "RegExp", "JSXText"]);

// A cache: histories only grow, and each proposal is compared with all of them.
const known = new Map<string, string>();

/**
 * The tokens of `source`, joined by spaces. Sources with equal texts do the same; different texts may still do the
 * same.
 */
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
