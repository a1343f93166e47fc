// Search-and-replace in the tokens of a train.ts. A match ignores layout, comments, trailing commas, omitted
// semicolons, and the author's names of variables and fields: `h.matmul(this.fc)` matches `x.matmul(this.up)` where
// `fc` has the role of `up`. A snippet must match exactly once, or the edit does not apply.
import { parseConstants, setConstants } from "../../source/constants.ts";
import { type Names, namesIn } from "./names.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** The snippet to find and its replacement; "" removes the whole line when nothing else is on it. */
export type Step = readonly [find: string, replace: string];

/** `source` with every step applied in turn, or null when one of them does not match exactly once. */
export function rewrite(source: string | null, ...steps: readonly Step[]): string | null {
  const fields: Names = source === null ? new Map() : namesIn(source);
  let result = source;
  for (const [find, replace] of steps) {
    if (result === null) return null;
    const found = matchesOf(result, find, fields);
    const [match] = found;
    if (found.length !== 1 || !match) return null;
    const before = result.slice(0, match.from);
    const after = result.slice(match.to);
    const alone = replace === "" && /(^|\n)[ \t]*$/.test(before) && /^[ \t]*\n/.test(after);
    result = alone
      ? before.replace(/[ \t]*$/, "") + after.replace(/^[ \t]*\n/, "")
      : before + renamed(replace, match.names) + after;
  }
  return result;
}

/** Whether `find` occurs in `source`, once or more. */
export function matches(source: string, find: string): boolean {
  return matchesOf(source, find, namesIn(source)).length > 0;
}

/** Variables of the seed: in a snippet each matches any name, but the same one throughout. */
const VARIABLES = new Set(
  ["x", "y", "q", "k", "v", "h", "heads", "tokens", "block", "weight", "model", "loss"].concat([
    "betas",
    "optimizer",
    "optimizers",
    "step",
    "schedule",
  ]),
);

interface Match {
  readonly from: number;
  readonly to: number;
  /** The source's names of the seed's variables and fields. */
  readonly names: Names;
}

function matchesOf(source: string, find: string, fields: Names): Match[] {
  const [tokens, wanted] = [tokensOf(source), tokensOf(find)];
  const found: Match[] = [];
  // The first token that is not an author's name: most places already fail to match it.
  const fixed = wanted.findIndex(
    ({ text }, i) => !isVariable(wanted, i) && !isField(wanted, i) && text !== ";",
  );
  for (let start = 0; start < tokens.length; start++) {
    if (fixed >= 0 && fixed < 4 && !couldBe(tokens, start + fixed, wanted[fixed]?.text)) continue;
    const match = matchAt(tokens, start, wanted, fields);
    if (match) found.push(match);
  }
  return found;
}

const CLOSING = new Set([")", "]", "}"]);
const isName = (text: string) => /^[A-Za-z_$][\w$]*$/.test(text);

/** Whether the token may be at `at` or one later, after a trailing comma. */
const couldBe = (tokens: readonly Token[], at: number, text: string | undefined) =>
  tokens[at]?.text === text || (tokens[at]?.text === "," && tokens[at + 1]?.text === text);

/** One of VARIABLES, and not the name of a member or of a property with a value. */
const isVariable = (tokens: readonly Token[], i: number) =>
  VARIABLES.has(tokens[i]?.text ?? "") &&
  tokens[i - 1]?.text !== "." &&
  !(tokens[i + 1]?.text === ":" && tokens[i - 1]?.text !== "(");

/** The name of a member, or of a field where a class declares it. */
const isField = (tokens: readonly Token[], i: number) =>
  tokens[i - 1]?.text === "." ||
  (tokens[i + 1]?.text === "=" && !/^(const|let|var)$/.test(tokens[i - 1]?.text ?? ""));

function matchAt(
  tokens: readonly Token[],
  start: number,
  wanted: readonly Token[],
  fields: Names,
): Match | null {
  const names = new Map(fields);
  let at = start;
  for (const [i, { text }] of wanted.entries()) {
    if (CLOSING.has(text) && tokens[at]?.text === "," && CLOSING.has(tokens[at + 1]?.text ?? "")) at += 1;
    const token = tokens[at]?.text;
    if (text === ";" && token !== ";" && i > 0) continue; // omitted at the end of a line
    if (token === undefined) return null;
    if (isVariable(wanted, i)) {
      if (!isName(token) || (at > 0 && tokens[at - 1]?.text === "." && i === 0)) return null;
      if ((names.get(text) ?? token) !== token) return null;
      names.set(text, token);
    } else if (((isField(wanted, i) ? fields.get(text) : undefined) ?? text) !== token) return null;
    at += 1;
  }
  const [first, last] = [tokens[start], tokens[at - 1]];
  return first && last && at > start ? { from: first.from, to: last.to, names } : null;
}

/** A snippet of the catalogue with the names of the source. */
function renamed(snippet: string, names: Names): string {
  const tokens = tokensOf(snippet);
  return [...tokens.entries()].reverse().reduce((text, [i, token]) => {
    const own = names.get(token.text);
    if (own === undefined || !(isVariable(tokens, i) || isField(tokens, i))) return text;
    return text.slice(0, token.from) + own + text.slice(token.to);
  }, snippet);
}

/** `source` with one more constant after its last one; an unused constant of that name is set instead. */
export function declare(source: string | null, name: string, value: number, comment: string): string | null {
  if (source === null) return null;
  const constants = parseConstants(source);
  const existing = constants.find((constant) => constant.name === name);
  if (existing) return existing.used ? null : setConstants(source, { [name]: value });
  const last = constants.at(-1);
  if (!last) return null;
  const end = source.indexOf("\n", last.to);
  if (end < 0) return null;
  return `${source.slice(0, end)}\nconst ${name} = ${value}; // ${comment}${source.slice(end)}`;
}
