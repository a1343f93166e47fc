// Parses the changes of train.ts in a text: SEARCH/REPLACE blocks, unified diffs, or the whole file.
import { LabError } from "../../../error.ts";
import type { TextEdit } from "./edits.ts";

const OPENING = String.raw`[ \t]*(?:<{3,9} ?(?:SEARCH|ORIGINAL|HEAD|BEFORE|OLD)|-{5,9} ?SEARCH)\b`;
export const SEARCH = new RegExp(`^${OPENING}.*$`, "im");
const BLOCK = new RegExp(
  String.raw`^${OPENING}[^\n]*\n([\s\S]*?)^[ \t]*={3,9}[ \t]*\n([\s\S]*?)^[ \t]*(?:>{3,9}[ \t]*(?:(?:REPLACE|UPDATED|AFTER|NEW|[\w/-]+)\b[^\n]*)?|\+{5,9}[ \t]*REPLACE\b[^\n]*)$`,
  "gim",
);

/** The SEARCH/REPLACE blocks without repetitions. Throws `proposal` when one of them is not closed. */
export function readBlocks(text: string): TextEdit[] {
  const edits = [...text.matchAll(BLOCK)].map(([, search = "", replace = ""]) => ({
    search: withoutFence(withoutLastBreak(search)),
    replace: withoutFence(withoutLastBreak(replace)),
  }));
  const rest = text.replace(BLOCK, "");
  if (edits.length > 0 && SEARCH.test(rest)) {
    throw new LabError("proposal", {
      what: "a SEARCH block is not complete",
      expected: "<<<<<<< SEARCH … ======= … >>>>>>> REPLACE",
    });
  }
  return once(edits);
}

const TAGS =
  /<(search|old|original|old_string)>([\s\S]*?)<\/\1>\s*<(replace|new|updated|replacement|new_string)>([\s\S]*?)<\/\3>/gi;

/** Edits in tags: `<search>…</search><replace>…</replace>`. */
export const readTags = (text: string): TextEdit[] =>
  once(
    [...text.matchAll(TAGS)].map(([, , search = "", , replace = ""]) => ({
      search: withoutFence(withoutBreaks(search)),
      replace: withoutFence(withoutBreaks(replace)),
    })),
  );

/** Some models put each half in a code fence. */
function withoutFence(text: string): string {
  return /^[ \t]*```[^\n]*\n([\s\S]*?)\n?[ \t]*```[ \t]*$/.exec(text)?.[1] ?? text;
}

function once(edits: readonly TextEdit[]): TextEdit[] {
  const seen = new Set<string>();
  return edits.filter((edit) => {
    const id = JSON.stringify(edit);
    return !seen.has(id) && seen.add(id);
  });
}

const HUNK = /^@@(?: -(\d+)(?:,\d+)? \+\d+(?:,\d+)?)?.*$/;
const FILE = /^(?:--- |\+\+\+ |diff --git |index [0-9a-f]+\.\.|\*\*\* (?:Begin|End|Update)|\\ No newline)/;

/**
 * The hunks of a unified diff as edits: from a fenced ```diff, or from a text with `@@` lines. Models miscount the
 * lines of a hunk and omit line numbers, so edits are located by their text; the number only decides between several
 * matches.
 */
export function readDiff(text: string): TextEdit[] {
  const fenced = [
    ...text.matchAll(/^[ \t]*```[ \t]*(?:diff|patch)[^\n]*\n([\s\S]*?)(?:^[ \t]*```[ \t]*$|$(?![\s\S]))/gm),
  ];
  const bodies = fenced.map(([, body = ""]) => body);
  if (bodies.length === 0 && /^@@.*$/m.test(text)) bodies.push(bareDiff(text));
  return once(bodies.flatMap(hunksOf));
}

/** The text from the first line of a diff to its last. */
function bareDiff(text: string): string {
  const lines = text.replace(/^[ \t]*```.*$/gm, "\u0000").split("\n");
  const from = lines.findIndex((line) => HUNK.test(line));
  const after = lines.slice(from);
  const end = after.findIndex(
    (line) => line.startsWith("\u0000") || !/^(?:[ +\-@\\]|$|diff |index |\*\*\* )/.test(line),
  );
  return (end < 0 ? after : after.slice(0, end)).join("\n");
}

function hunksOf(body: string): TextEdit[] {
  const hunks: { line: number | null; lines: string[] }[] = [{ line: null, lines: [] }];
  for (const line of body.split("\n")) {
    if (FILE.test(line)) continue;
    const head = HUNK.exec(line);
    if (head) hunks.push({ line: head[1] === undefined ? null : Number(head[1]), lines: [] });
    else hunks.at(-1)?.lines.push(line);
  }
  return hunks.flatMap(({ line, lines }) => {
    const trimmed = trimBlank(lines);
    if (!trimmed.some((one) => /^[+-]/.test(one))) return [];
    const side = (mark: string) =>
      trimmed
        .filter((one) => !one.startsWith(mark))
        .map((one) => one.replace(/^[ +-]/, ""))
        .join("\n");
    return [{ search: side("+"), replace: side("-"), ...(line === null ? {} : { line }) }];
  });
}

function trimBlank(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => line.trim() !== "");
  const last = lines.findLastIndex((line) => line.trim() !== "");
  return first < 0 ? [] : lines.slice(first, last + 1);
}

const IMPORT = /\bfrom\s+["'](?:nn|prepare)["']/;

/**
 * A whole train.ts: the longest fenced block that imports `nn` or `prepare`, or the text from its first line of code.
 */
export function readWhole(text: string): string | null {
  const FENCED = /^[ \t]*(```+|~~~+)[^\n]*\n([\s\S]*?)(?:^[ \t]*\1[ \t]*$|$(?![\s\S]))/gm;
  const blocks = [...text.matchAll(FENCED)]
    .map(([, , code = ""]) => code)
    .filter((code) => IMPORT.test(code));
  const longest = blocks.sort((a, b) => b.length - a.length)[0];
  return complete(longest ?? (IMPORT.test(text) && !/^[ \t]*```/m.test(text) ? bareFile(text) : null));
}

/** A file without a code fence, between the labelled lines of the form. */
function bareFile(text: string): string | null {
  const lines = text.split("\n");
  const from = lines.findIndex((line) => /^(?:\/\/|\/\*|import\b|const\b)/.test(line));
  if (from < 0) return null;
  const code = lines.slice(from);
  const end = code.findIndex((line) => /^(?:HYPOTHESIS|EXPECTED|FALSIFY|CATEGORY|BASE)\b.*[:：]/i.test(line));
  return `${code
    .slice(0, end < 0 ? undefined : end)
    .join("\n")
    .trimEnd()}\n`;
}

/** Throws `proposal` for a file that abbreviates parts with "…". */
function complete(code: string | null): string | null {
  const elision = code === null ? null : /^[ \t]*(?:\/\/|\/\*)[ \t]*(?:\.\.\.|…).*$/m.exec(code)?.[0].trim();
  if (elision === null || elision === undefined) return code;
  throw new LabError("proposal", {
    what: "the train.ts of the answer leaves parts out",
    got: elision.slice(0, 80),
    hint: "give SEARCH/REPLACE blocks, or the whole file",
  });
}

const withoutLastBreak = (text: string): string => text.replace(/\n$/, "");
const withoutBreaks = (text: string): string => text.replace(/^\n|\n[ \t]*$/g, "");
