// Search-and-replace that forgives layout: a snippet matches whatever the spaces and trailing commas, and it must
// match exactly once, or the edit does not apply.
import { setConstants, parseConstants } from "../../source/constants.ts";

/** What to find and what to put in its place; "" takes the whole line away when nothing else is on it. */
export type Step = readonly [find: string, replace: string];

/** `source` with every step applied in turn, or null when one of them does not match exactly once. */
export function rewrite(source: string | null, ...steps: readonly Step[]): string | null {
  let result = source;
  for (const [find, replace] of steps) {
    if (result === null) return null;
    const found = [...result.matchAll(pattern(find))];
    const [match] = found;
    if (found.length !== 1 || !match) return null;
    const before = result.slice(0, match.index);
    const after = result.slice(match.index + match[0].length);
    const alone = replace === "" && /(^|\n)[ \t]*$/.test(before) && /^[ \t]*\n/.test(after);
    result = alone
      ? before.replace(/[ \t]*$/, "") + after.replace(/^[ \t]*\n/, "")
      : before + replace + after;
  }
  return result;
}

/** Whether `find` occurs in `source`, once or more. */
export function matches(source: string, find: string): boolean {
  return source.search(pattern(find)) >= 0;
}

// The catalogue asks for the same few hundred snippets before every proposal.
const patterns = new Map<string, RegExp>();

function pattern(find: string): RegExp {
  const known = patterns.get(find);
  if (known) return known;
  const made = patternOf(find);
  patterns.set(find, made);
  return made;
}

function patternOf(find: string): RegExp {
  const tokens = find.match(/\w+|=>|[^\s\w]/g) ?? [];
  let text = "";
  let previous = "";
  for (const token of tokens) {
    if (previous !== "")
      text += /\w$/.test(previous) && /^\w/.test(token) ? String.raw`\s+` : String.raw`\s*`;
    if (/^[)\]}]$/.test(token)) text += String.raw`,?\s*`;
    text += token.replace(/[^\w]/g, String.raw`\$&`);
    previous = token;
  }
  const start = /^\w/.test(find) ? String.raw`(?<![\w$])` : "";
  const end = /\w$/.test(find) ? String.raw`(?![\w$])` : "";
  return new RegExp(start + text + end, "g");
}

/** `source` with one more constant after the last one it declares, or that constant set when it is there and unused. */
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
