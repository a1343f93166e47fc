// A normal form of train.ts that finds repeated proposals: it ignores comments, layout, trailing commas, the spelling
// of numbers and unused constants.
import { Memo } from "../../memo.ts";
import type { SyntaxNode } from "@lezer/common";
import { parseConstants } from "./constants.ts";
import { children, literal, parse } from "./parse.ts";

const VARIABLES = new Set(["VariableDefinition", "VariableName"]);
const ATOMS = new Set(["TemplateString", "String", "RegExp", "JSXText"]);

// Caches: histories only grow, and each proposal is compared with all of them.
const known = new Memo<string>(2000);
const nameless = new Memo<string>(2000);

/**
 * The tokens of `source`, joined by spaces. Sources with equal texts do the same; different texts may still do the
 * same.
 */
export function normaliseSource(source: string): string {
  return known.get(source, () => normalise(source, () => null));
}

/** The same with numbers in place of the names that `source` declares, so that renamed variables leave the text equal. */
export function withoutNames(source: string): string {
  return nameless.get(source, () => {
    const free = freeNames(source);
    const numbers = new Map<string, number>();
    return normalise(source, (name) => {
      if (!free.has(name)) return null;
      const number = numbers.get(name) ?? numbers.size;
      numbers.set(name, number);
      return `${number}:`; // no token of a program
    });
  });
}

/** Names that `source` declares and uses as variables only: others mean something outside, as a property does. */
function freeNames(source: string): ReadonlySet<string> {
  const declared = new Set<string>();
  const fixed = new Set<string>();
  parse(source).iterate({
    enter: ({ node }) => {
      if (node.firstChild) return;
      const text = source.slice(node.from, node.to);
      if (node.name === "VariableDefinition") declared.add(text);
      else if (node.name !== "VariableName") fixed.add(text);
    },
  });
  return new Set([...declared].filter((name) => !fixed.has(name)));
}

/** `rename`: what stands for a variable's name; null: the name. */
function normalise(source: string, rename: (name: string) => string | null): string {
  const dead = parseConstants(source).filter((constant) => !constant.used);
  const tokens: string[] = [];
  const walk = (node: SyntaxNode): void => {
    if (node.name === "LineComment" || node.name === "BlockComment") return;
    const text = source.slice(node.from, node.to);
    if (node.name === "VariableDeclaration" && dead.some((c) => c.from >= node.from && c.to <= node.to))
      return;
    if (ATOMS.has(node.name)) tokens.push(text);
    else if (VARIABLES.has(node.name)) tokens.push(rename(text) ?? text);
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
