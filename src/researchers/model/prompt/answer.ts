// The single-answer form, for models without tools: a few headed lines, then search/replace blocks or the whole file.
// Read forgivingly, because small models decorate: thoughts, markdown, a JSON object instead. What cannot be read is
// an error that says what is missing.
import { LabError } from "../../../error.ts";
import type { TextEdit } from "./edits.ts";

/** What a model proposes, before it is applied. */
export interface Submission {
  readonly hypothesis: string;
  readonly expected: string | null;
  readonly falsify: string | null;
  readonly category: string | null;
  /** The experiment whose train.ts the edits start from; null: the incumbent. */
  readonly base: number | null;
  readonly edits: readonly TextEdit[];
  /** The whole new train.ts instead of edits. */
  readonly whole: string | null;
}

/** What the prompt says about the form. */
export const ANSWER_FORM = `Answer with exactly this, and nothing after it:

HYPOTHESIS: what changes from what to what, and why it should lower val_bpb (one line)
EXPECTED: the val_bpb or change you expect (one line)
FALSIFY: what result would prove you wrong (one line)
CATEGORY: one of numeric, architecture, attention, mlp, normalisation, embedding, optimizer, schedule, initialisation, regularisation, kernel, simplification, other
BASE: only to start from another experiment than the incumbent: its number

<<<<<<< SEARCH
lines of train.ts, copied exactly, that occur exactly once
=======
the lines to put in their place
>>>>>>> REPLACE

Use as many SEARCH/REPLACE blocks as you need. Only to rewrite most of the file, give instead the whole new train.ts
in one \`\`\`ts block.`;

/** Reads an answer. Throws `proposal` when there is no hypothesis, or nothing to change. */
export function parseAnswer(answer: string): Submission {
  const text = withoutThoughts(answer.replaceAll("\r\n", "\n"));
  const json = parseJsonAnswer(text);
  if (json) return json;
  const edits = readBlocks(text);
  const whole = edits.length > 0 ? null : readWhole(text);
  const head = edits.length > 0 ? text.slice(0, text.search(SEARCH)) : (text.split(/^\s*```/m)[0] ?? text);
  // Some write the lines after the blocks.
  const field = (name: string) => readField(head, name) ?? readField(text, name);
  const hypothesis = field("HYPOTHESIS");
  if (edits.length === 0 && whole === null) {
    throw new LabError("proposal", {
      what: "the answer changes nothing",
      expected: "<<<<<<< SEARCH … ======= … >>>>>>> REPLACE blocks, or the whole train.ts in a ```ts block",
    });
  }
  if (hypothesis === null) {
    throw new LabError("proposal", {
      what: "the answer has no hypothesis",
      expected: "a line HYPOTHESIS: …",
    });
  }
  const base = /\d+/.exec(field("BASE") ?? "")?.[0];
  return {
    hypothesis,
    expected: field("EXPECTED"),
    falsify: field("FALSIFY"),
    category: field("CATEGORY"),
    base: base === undefined ? null : Number(base),
    edits,
    whole,
  };
}

const SEARCH = /^[ \t]*<{5,9} ?SEARCH\b.*$/m;
const BLOCK =
  /^[ \t]*<{5,9} ?SEARCH\b[^\n]*\n([\s\S]*?)^[ \t]*={5,9}[ \t]*\n([\s\S]*?)^[ \t]*>{5,9}[ \t]*(?:REPLACE\b[^\n]*)?$/gm;

function readBlocks(text: string): TextEdit[] {
  return [...text.matchAll(BLOCK)].map(([, search = "", replace = ""]) => ({
    search: withoutLastBreak(search),
    replace: withoutLastBreak(replace),
  }));
}

/** The largest fenced block that could be a train.ts. */
function readWhole(text: string): string | null {
  const blocks = [...text.matchAll(/^[ \t]*```[ \t]*(\w*)[^\n]*\n([\s\S]*?)^[ \t]*```[ \t]*$/gm)]
    .filter(([, language = ""]) =>
      ["", "ts", "typescript", "js", "javascript"].includes(language.toLowerCase()),
    )
    .map(([, , code = ""]) => code)
    .filter((code) => /\bfrom\s+["'](?:nn|prepare)["']/.test(code));
  return blocks.sort((a, b) => b.length - a.length)[0] ?? null;
}

function readField(text: string, name: string): string | null {
  const match = new RegExp(String.raw`^[ \t>#*_-]*${name}[*_]*[ \t]*:[*_]*[ \t]*(.+)$`, "im").exec(text);
  const value = match?.[1]?.replace(/[*_]+$/, "").trim() ?? "";
  return value === "" || /^(none|n\/a|-|null)$/i.test(value) ? null : value;
}

/** `{ "hypothesis": …, "edits": [{ "search", "replace" }] }`, bare or fenced, for models trained to answer so. */
function parseJsonAnswer(text: string): Submission | null {
  const inner = /^\s*(?:```(?:json)?\s*\n)?\s*(\{[\s\S]*\})\s*(?:```)?\s*$/.exec(text)?.[1];
  if (inner === undefined) return null;
  try {
    return submissionOf(JSON.parse(inner));
  } catch {
    // Not that form after all: the other reading says what is missing.
    return null;
  }
}

/** A submission from a parsed object: the input of the tool `submit`, or a JSON answer. Throws `proposal`. */
export function submissionOf(value: unknown): Submission {
  const record = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  const string = (name: string) => {
    const text = record[name];
    return typeof text === "string" && text.trim() !== "" ? text.trim() : null;
  };
  const hypothesis = string("hypothesis");
  if (hypothesis === null) throw new LabError("proposal", { what: "submit has no hypothesis" });
  const list = record.edits ?? [];
  if (!Array.isArray(list))
    throw new LabError("proposal", { what: "edits is not a list", expected: "[{ search, replace }]" });
  const edits = list.map((edit: unknown): TextEdit => {
    const { search, replace } = (edit ?? {}) as Record<string, unknown>;
    if (typeof search !== "string" || typeof replace !== "string") {
      throw new LabError("proposal", { what: "an edit is not of the form { search, replace }" });
    }
    return { search, replace };
  });
  const base = Number(record.base ?? NaN);
  return {
    hypothesis,
    expected: string("expected"),
    falsify: string("falsify"),
    category: string("category"),
    base: Number.isInteger(base) && base >= 0 ? base : null,
    edits,
    whole: typeof record.source === "string" && record.source.trim() !== "" ? record.source : null,
  };
}

function withoutThoughts(text: string): string {
  const closed = text.replace(/<(think|thinking|reasoning)>[\s\S]*?<\/\1>/gi, "");
  // Some templates swallow the opening tag.
  return closed.replace(/^[\s\S]*<\/(?:think|thinking|reasoning)>/i, "");
}

const withoutLastBreak = (text: string): string => text.replace(/\n$/, "");
