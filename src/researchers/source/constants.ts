// Parses the numbers declared at the top level of a train.ts, with the ranges in their comments: the built-in
// researcher's search space. `const MATRIX_LR = 0.02; // Muon, for the matrices (0.001..0.2 log)`.
import type { SyntaxNode } from "@lezer/common";
import { LabError } from "../../error.ts";
import { children, literal, parse } from "./parse.ts";

/**
 * The possible values of a constant. `power` allows only powers of two; `choice` the numbers of `choices`, which have
 * no order; `step` is the distance of the values from `low`.
 */
export interface Range {
  readonly low: number;
  readonly high: number;
  readonly scale: "linear" | "log" | "power" | "choice";
  readonly step: number | null;
  readonly choices?: readonly number[];
}

export interface Constant {
  readonly name: string;
  readonly value: number;
  /** The trailing comment without the range; may be empty. */
  readonly meaning: string;
  /** Null when the comment gives no range. */
  readonly range: Range | null;
  /** Offsets of the number in the source. */
  readonly from: number;
  readonly to: number;
  /** Whether other code in the source uses the constant. */
  readonly used: boolean;
}

// A cache: researchers parse the whole history before each proposal, and a night has hundreds of texts.
const known = new Map<string, readonly Constant[]>();

/** Every top-level `const NAME = <number>;`, in the order of the source. */
export function parseConstants(source: string): readonly Constant[] {
  let constants = known.get(source);
  if (!constants) {
    if (known.size >= 1000) known.clear();
    constants = readConstants(source);
    known.set(source, constants);
  }
  return constants;
}

function readConstants(source: string): Constant[] {
  const tree = parse(source);
  const uses = new Map<string, number>();
  tree.iterate({
    enter: (node) => {
      if (node.name !== "VariableName") return;
      const name = source.slice(node.from, node.to);
      uses.set(name, (uses.get(name) ?? 0) + 1);
    },
  });
  const found: Constant[] = [];
  for (const statement of children(tree.topNode)) {
    const declaration =
      statement.name === "ExportDeclaration" ? statement.getChild("VariableDeclaration") : statement;
    if (declaration?.name !== "VariableDeclaration" || !declaration.getChild("const")) continue;
    const names = declaration.getChildren("VariableDefinition");
    const [name] = names;
    const value = numberOf(declaration, source);
    if (names.length !== 1 || !name || !value) continue;
    const label = source.slice(name.from, name.to);
    const { meaning, range } = readComment(trailingComment(statement, source));
    found.push({ name: label, ...value, meaning, range, used: (uses.get(label) ?? 0) > 0 });
  }
  return found;
}

/** The number that a declaration is initialised with, with an optional sign; null for any other expression. */
function numberOf(
  declaration: SyntaxNode,
  source: string,
): { value: number; from: number; to: number } | null {
  const node = declaration.getChild("Equals")?.nextSibling;
  if (!node || (node.nextSibling && node.nextSibling.name !== ";")) return null;
  const text = source.slice(node.from, node.to);
  const signed =
    node.name === "UnaryExpression" && /^-\s*[\d.]/.test(text) && node.lastChild?.name === "Number";
  if (node.name !== "Number" && !signed) return null;
  const value = signed ? -literal(text.slice(1).trim()) : literal(text);
  return Number.isFinite(value) ? { value, from: node.from, to: node.to } : null;
}

function trailingComment(statement: SyntaxNode, source: string): string {
  const end = source.indexOf("\n", statement.to);
  const rest = source.slice(statement.to, end < 0 ? source.length : end).trim();
  return rest.startsWith("//") ? rest.slice(2).trim() : "";
}

const NUMBER = String.raw`[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:e[-+]?\d+)?`;
const RANGE = new RegExp(
  String.raw`[([]\s*(${NUMBER})\s*(?:\.\.|,)\s*(${NUMBER})([^)\]]*)[)\]]([^()[\]]*)$`,
  "i",
);

const CHOICE = new RegExp(String.raw`[([]\s*(${NUMBER}(?:\s*\|\s*${NUMBER})+)\s*[)\]]\s*$`, "i");

/**
 * Splits `Muon's rate (0.001..0.2 log)` into the words and the range in the last brackets. `[1e-3, 0.2] log` means the
 * same; `(1|2|4)` is a choice.
 */
function readComment(comment: string): { meaning: string; range: Range | null } {
  const choice = CHOICE.exec(comment);
  if (choice) {
    const choices = [...new Set((choice[1] ?? "").split("|").map((text) => literal(text.trim())))];
    const [low, high] = [Math.min(...choices), Math.max(...choices)];
    const range: Range | null =
      choices.length > 1 ? { low, high, scale: "choice", step: null, choices } : null;
    return { meaning: comment.slice(0, choice.index).trim(), range };
  }
  const match = RANGE.exec(comment);
  if (!match) return { meaning: comment, range: null };
  const [low, high] = [literal(match[1] ?? ""), literal(match[2] ?? "")];
  const words = `${match[3] ?? ""} ${match[4] ?? ""}`.toLowerCase();
  if (!(low < high)) return { meaning: comment, range: null };
  const stepped = /\b(?:step|multiple of)\s+([\d.e-]+)/.exec(words);
  const power = /power/.test(words);
  const log = /\blog/.test(words) && low > 0;
  const step = stepped ? Number(stepped[1]) : !log && integral(low, high) ? 1 : null;
  const range: Range = {
    low,
    high,
    scale: power ? "power" : log ? "log" : "linear",
    step: power ? null : log && integral(low, high) ? 1 : step,
  };
  return {
    meaning: comment
      .slice(0, match.index)
      .trim()
      .replace(/[,;:]$/, ""),
    range,
  };
}

// (0..1) is a fraction, (1..16) a count. The value alone does not decide: a fraction may be 1 at the moment.
const integral = (low: number, high: number) =>
  Number.isInteger(low) && Number.isInteger(high) && high - low > 1;

/** Sets constants of `source`. Throws `proposal` for a constant that is not declared. */
export function setConstants(source: string, values: Readonly<Record<string, number>>): string {
  const constants = parseConstants(source);
  const edits = Object.entries(values).map(([name, value]) => {
    const constant = constants.find((c) => c.name === name);
    if (!constant) {
      throw new LabError("proposal", {
        what: `train.ts declares no number ${name}`,
        expected: `const ${name} = …;`,
      });
    }
    return { ...constant, text: formatNumber(value) };
  });
  let result = source;
  for (const edit of edits.sort((a, b) => b.from - a.from)) {
    result = result.slice(0, edit.from) + edit.text + result.slice(edit.to);
  }
  return result;
}

/** `source` with the ends of the range that the named constant's comment declares; as it is where none is declared. */
export function setRange(source: string, name: string, { low, high }: Pick<Range, "low" | "high">): string {
  const constant = parseConstants(source).find((one) => one.name === name);
  if (!constant?.range) return source;
  const start = source.indexOf("//", constant.to);
  const end = source.indexOf("\n", start);
  const comment = source.slice(start, end < 0 ? source.length : end);
  const match = RANGE.exec(comment);
  if (!match) return source;
  const [whole, , , rest = "", tail = ""] = match;
  const closing = whole[0] === "(" ? ")" : "]";
  const grown = `${whole[0]}${formatNumber(low)}..${formatNumber(high)}${rest}${closing}${tail}`;
  return (
    source.slice(0, start) + comment.slice(0, match.index) + grown + source.slice(start + comment.length)
  );
}

/** The shortest readable form that parses back to the same number: 0.0034, 1e-7, 12. */
function formatNumber(value: number): string {
  return String(value);
}
