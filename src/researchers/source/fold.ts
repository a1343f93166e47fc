// What a train.ts comes to once its numbers are put in: constants replaced by their values, arithmetic of numbers done.
// Two texts that fold alike record the same graph with the same numbers, so that the second run could only repeat the
// first: `weight(WIDTH, HEAD_DIM)` is `weight(WIDTH, WIDTH)` while there is one head.
import { Memo } from "../../memo.ts";
import type { SyntaxNode } from "@lezer/common";
import { normaliseSource } from "./normalise.ts";
import { children, literal, parse } from "./parse.ts";

/** What the arena fixes and a text cannot say. */
interface FoldOptions {
  /** Tokens of a row: a window of as many or more hides nothing. */
  readonly seqLen?: number;
}

const known = new Memo<string>(2000);

/** `source` folded and normalised. Equal texts do the same; the reverse is not promised. */
export function foldSource(source: string, { seqLen = Infinity }: FoldOptions = {}): string {
  return known.get(`${seqLen} ${source}`, () => withoutIdleWindow(normaliseSource(fold(source)), seqLen));
}

function fold(source: string): string {
  const top = parse(source).topNode;
  const values = constantsOf(source, top);
  let text = "";
  let at = 0;
  const put = (node: SyntaxNode, replacement: string) => {
    text += source.slice(at, node.from) + replacement;
    at = node.to;
  };
  const walk = (node: SyntaxNode): void => {
    if (node.name === "VariableDeclaration" && node.parent?.name === "Script") {
      const name = soleName(node);
      // Its value stands wherever it is read.
      if (name !== null && values.has(source.slice(name.from, name.to))) return put(node, "");
    }
    const value = FOLDED.has(node.name) ? valueOf(node, source, values) : null;
    if (value !== null) return put(node, value < 0 ? `(${value})` : `${value}`);
    for (const child of children(node)) walk(child);
  };
  walk(top);
  return text + source.slice(at);
}

const FOLDED = new Set([
  "VariableName",
  "BinaryExpression",
  "UnaryExpression",
  "ParenthesizedExpression",
  "CallExpression",
]);

/** The top-level constants that come to a number, by name; none that anything else declares too. */
function constantsOf(source: string, top: SyntaxNode): ReadonlyMap<string, number> {
  const declared = new Map<string, number>();
  top.cursor().iterate((node) => {
    if (node.name !== "VariableDefinition") return;
    const name = source.slice(node.from, node.to);
    declared.set(name, (declared.get(name) ?? 0) + 1);
  });
  const values = new Map<string, number>();
  for (const statement of children(top)) {
    if (statement.name !== "VariableDeclaration" || !statement.getChild("const")) continue;
    const name = soleName(statement);
    const expression = statement.getChild("Equals")?.nextSibling;
    if (!name || !expression) continue;
    const label = source.slice(name.from, name.to);
    const value = declared.get(label) === 1 ? valueOf(expression, source, values) : null;
    if (value !== null) values.set(label, value);
  }
  return values;
}

function soleName(declaration: SyntaxNode): SyntaxNode | null {
  const names = declaration.getChildren("VariableDefinition");
  return names.length === 1 ? (names[0] ?? null) : null;
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "%": (a, b) => a % b,
  "**": (a, b) => a ** b,
};
const MATH = new Set(["round", "floor", "ceil", "sqrt", "min", "max", "abs", "log2"]);

/** The number an expression comes to, or null when it is not arithmetic of known numbers. */
function valueOf(node: SyntaxNode, source: string, values: ReadonlyMap<string, number>): number | null {
  const found = finite(node, source, values);
  return found !== null && Number.isFinite(found) ? found : null;
}

function finite(node: SyntaxNode, source: string, values: ReadonlyMap<string, number>): number | null {
  const text = source.slice(node.from, node.to);
  const of = (child: SyntaxNode | null | undefined) => (child ? valueOf(child, source, values) : null);
  const parts = children(node).filter(({ name }) => !/Comment$/.test(name));
  switch (node.name) {
    case "Number":
      return literal(text);
    case "VariableName":
      return values.get(text) ?? null;
    case "ParenthesizedExpression":
      return parts.length === 3 ? of(parts[1]) : null;
    case "UnaryExpression": {
      const value = of(parts[1]);
      return text.startsWith("-") && value !== null ? -value : null;
    }
    case "BinaryExpression": {
      const [a, b] = [of(parts[0]), of(parts[2])];
      const operator = parts[1] ? source.slice(parts[1].from, parts[1].to) : "";
      return a === null || b === null ? null : (BINARY[operator]?.(a, b) ?? null);
    }
    case "CallExpression": {
      const name = /^Math\.(\w+)\s*\(/.exec(text)?.[1] ?? "";
      const given = node.getChild("ArgList");
      if (!MATH.has(name) || !given) return null;
      const numbers = children(given)
        .filter((child) => !/^[(),]$|Comment$/.test(child.name))
        .map(of);
      if (numbers.some((one) => one === null)) return null;
      const call = Math[name as "max"] as (...x: number[]) => number;
      return call(...(numbers as number[]));
    }
    default:
      return null;
  }
}

/** Attention that looks back as far as the row goes, or further, is attention without a window. */
function withoutIdleWindow(text: string, seqLen: number): string {
  return text
    .replace(/(, )?window : (\d+)( , (?=\w))?/g, (whole, _before, size: string) =>
      Number(size) >= seqLen ? "" : whole,
    )
    .replace(/ , \{ \s*\}/g, "");
}
