// Search and replace as models do it: every search text must occur exactly once, white space aside. The error for an
// edit that does not apply helps the model to correct it without seeing the whole file again.
import { LabError } from "../../../error.ts";
import { asSource } from "../../../text.ts";

export interface TextEdit {
  readonly search: string;
  readonly replace: string;
  /** The line number from a unified diff, from 1: it decides between several matches. */
  readonly line?: number;
}

/** Applies the edits to `source` in order. Throws `proposal` with the edit that does not apply, and the reason. */
export function applyEdits(source: string, edits: readonly TextEdit[]): string {
  return edits.reduce(
    (text, edit, i) => applyEdit(text, edit, edits.length > 1 ? `edit ${i + 1}` : "the edit"),
    asSource(source),
  );
}

/** A place in the source, and its replacement text. */
interface Place {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

function applyEdit(source: string, { search, replace, line }: TextEdit, name: string): string {
  const [wanted, given] = withoutLineNumbers(asSource(search), asSource(replace));
  if (wanted.trim() === "") {
    if (line === undefined) throw new LabError("proposal", `${name} searches for nothing`);
    const at = source.split("\n").slice(0, line).join("\n").length + (line > 0 ? 1 : 0);
    return `${source.slice(0, at)}${given}\n${source.slice(at)}`;
  }
  const exact = placesOf(source, wanted, given);
  const places = exact.length > 0 ? exact : loosePlaces(source, wanted, given);
  const place = places.length > 1 && line !== undefined ? nearestTo(source, places, line) : places[0];
  if (!place && ENTITY.test(wanted))
    return applyEdit(
      source,
      { search: plain(search), replace: plain(replace), ...(line === undefined ? {} : { line }) },
      name,
    );
  if (!place) {
    throw new LabError("proposal", {
      what: `${name} does not apply: its search text is not in train.ts`,
      ...nearest(source, wanted),
    });
  }
  if (places.length > 1 && line === undefined) {
    const [first, second] = places.map(({ from }) => lineAt(source, from));
    throw new LabError("proposal", {
      what: `${name} does not apply: its search text occurs more than once, at lines ${first} and ${second}`,
      hint: "add a line before or after it",
    });
  }
  return source.slice(0, place.from) + place.text + source.slice(place.to);
}

/** Some templates of tool calls escape their text as XML does. */
const ENTITY = /&(?:lt|gt|amp|quot|apos|#39);/;
/** The ampersand comes last: it may begin another entity. */
const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&apos;": "'",
  "&#39;": "'",
  "&amp;": "&",
};
const plain = (text: string): string =>
  Object.entries(ENTITIES).reduce(
    (changed, [entity, character]) => changed.replaceAll(entity, character),
    text,
  );

function placesOf(source: string, wanted: string, text: string): Place[] {
  const places: Place[] = [];
  for (let from = source.indexOf(wanted); from >= 0; from = source.indexOf(wanted, from + 1)) {
    places.push({ from, to: from + wanted.length, text });
  }
  return places;
}

/** The matches of the search text with different white space; the replacement takes the indentation of the place. */
function loosePlaces(source: string, search: string, replace: string): Place[] {
  const lexemes = search.match(/\w+|[^\s\w]/g) ?? [];
  const pattern = lexemes
    .map((lexeme, i) => {
      const between = i === 0 ? "" : /^\w/.test(lexeme) && /^\w/.test(lexemes[i - 1] ?? "") ? "\\s+" : "\\s*";
      return between + lexeme.replace(/[^\w\s]/g, "\\$&");
    })
    .join("");
  // Match whole words only.
  const whole = new RegExp(
    `${/^\w/.test(pattern) ? "\\b" : ""}${pattern}${/\w$/.test(pattern) ? "\\b" : ""}`,
    "g",
  );
  return [...source.matchAll(whole)].map((match) => {
    const from = match.index;
    const to = from + match[0].length;
    const lineStart = source.lastIndexOf("\n", from - 1) + 1;
    const before = source.slice(lineStart, from);
    const alone = before.trim() === "" && /^[ \t]*(?:\n|$)/.test(source.slice(to));
    if (replace.trim() === "" && alone) {
      const end = source.indexOf("\n", to);
      return { from: lineStart, to: end < 0 ? source.length : end + 1, text: "" };
    }
    const there = before.trim() === "" ? before : "";
    return { from, to, text: reindent(replace, indentOf(search), there) };
  });
}

/**
 * `text` with its indentation `from` replaced by `to`; the first line gets none, because it is inserted in mid-line.
 */
function reindent(text: string, from: string, to: string): string {
  const lines = text.trimEnd().split("\n");
  return lines
    .map((line, i) => {
      if (i === 0) return line.startsWith(from) ? line.slice(from.length) : line.trimStart();
      if (line.trim() === "") return "";
      return line.startsWith(from) ? to + line.slice(from.length) : line;
    })
    .join("\n");
}

const indentOf = (text: string): string => /^\n*([ \t]*)/.exec(text)?.[1] ?? "";

/** Removes the line numbers that the prompt prints before the lines of train.ts, where a model copied them. */
function withoutLineNumbers(search: string, replace: string): [string, string] {
  const NUMBER = /^[ \t]*\d+[ \t]*\|[ \t]?/;
  const numbered = (text: string) =>
    text.trim() !== "" && text.split("\n").every((line) => line.trim() === "" || NUMBER.test(line));
  if (!numbered(search)) return [search, replace];
  const strip = (text: string) =>
    text
      .split("\n")
      .map((line) => line.replace(NUMBER, ""))
      .join("\n");
  return [strip(search), numbered(replace) ? strip(replace) : replace];
}

function nearestTo(source: string, places: readonly Place[], line: number): Place | undefined {
  const distance = ({ from }: Place) => Math.abs(lineAt(source, from) - line);
  return [...places].sort((a, b) => distance(a) - distance(b))[0];
}

/**
 * A hint at the place that the search text may have meant: the first line of the source that contains its first line,
 * spaces aside.
 */
function nearest(source: string, search: string): { hint?: string } {
  const lines = source.split("\n");
  const wanted = search.split("\n").find((line) => line.trim().length > 3) ?? "";
  const squeeze = (line: string) => line.replace(/\s+/g, "");
  const at = lines.findIndex((line) => squeeze(line).includes(squeeze(wanted)));
  if (squeeze(wanted) === "" || at < 0) return { hint: "copy it from train.ts character by character" };
  return { hint: `line ${at + 1} looks similar: ${(lines[at] ?? "").trim().slice(0, 120)}` };
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split("\n").length;
