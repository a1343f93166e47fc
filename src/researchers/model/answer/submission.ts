// Reads a model's proposal from an object: the input of the tool `submit`, or a JSON answer.
import { LabError } from "../../../error.ts";
import { asSource } from "../../../text.ts";
import { readBlocks, readDiff, readWhole } from "./blocks.ts";
import type { TextEdit } from "./edits.ts";
import { looseJson } from "./loose-json.ts";

/** A model's proposal before it is applied. */
export interface Submission {
  readonly hypothesis: string;
  readonly expected: string | null;
  readonly falsify: string | null;
  readonly category: string | null;
  /** The number of the experiment whose train.ts the edits start from; null: the incumbent. */
  readonly base: number | null;
  readonly edits: readonly TextEdit[];
  /** The whole new train.ts instead of edits. */
  readonly whole: string | null;
}

/** Field names of other editing tools that models were trained on. */
const SEARCH = [
  "search",
  "old",
  "old_string",
  "oldString",
  "old_str",
  "oldText",
  "old_text",
  "find",
  "original",
  "before",
];
const REPLACE = [
  "replace",
  "new",
  "new_string",
  "newString",
  "new_str",
  "newText",
  "new_text",
  "replacement",
  "updated",
  "after",
];
const WHOLE = ["source", "code", "train.ts", "train_ts", "file", "content", "whole"];
const CHANGES = ["edits", "edit", "changes", "diff", "patch"];

/** Throws `proposal` when there is no hypothesis or an edit has an unknown form. */
export async function submissionOf(value: unknown): Promise<Submission> {
  const given = typeof value === "string" ? await looseJson(value) : value;
  const record = isRecord(given) ? given : {};
  const string = (name: string) => {
    const text = record[name];
    if (typeof text === "number") return String(text);
    return typeof text === "string" && text.trim() !== "" ? text.trim() : null;
  };
  const hypothesis = string("hypothesis");
  if (hypothesis === null) throw new LabError("proposal", { what: "submit has no hypothesis" });
  const edits = await editsOf(first(record, CHANGES) ?? (editOf(record) === null ? [] : record));
  const source = first(record, WHOLE);
  const whole = typeof source === "string" && source.trim() !== "" ? asSource(source) : null;
  const base = Number(/\d+/.exec(String(record.base ?? ""))?.[0] ?? NaN);
  return {
    hypothesis,
    expected: string("expected"),
    falsify: string("falsify"),
    category: string("category"),
    base: Number.isInteger(base) ? base : null,
    edits,
    whole: whole === null ? null : (readWhole(whole) ?? whole),
  };
}

/** Whether an object is meant as a submission. */
export const isSubmission = (value: unknown): value is Record<string, unknown> =>
  isRecord(value) && "hypothesis" in value && [...CHANGES, ...WHOLE, ...SEARCH].some((name) => name in value);

/**
 * Edits as a list, as a single edit, as either in a JSON string, or as a string with blocks or a diff; none when absent.
 * Throws `proposal`.
 */
export async function editsOf(value: unknown): Promise<TextEdit[]> {
  if (value === null || value === undefined || value === "") return [];
  if (typeof value === "string") {
    const text = asSource(value);
    const written = [readBlocks(text), readDiff(text)].find((edits) => edits.length > 0);
    if (written) return written;
    const parsed = await looseJson(text);
    if (typeof parsed === "string" || parsed === undefined) throw notAList();
    return editsOf(parsed);
  }
  if (Array.isArray(value)) return (await Promise.all(value.map(editsOrText))).flat();
  const edit = editOf(value);
  if (edit) return [edit];
  if (isRecord(value) && CHANGES.some((name) => name in value)) return editsOf(first(value, CHANGES));
  throw notAnEdit();
}

async function editsOrText(value: unknown): Promise<TextEdit[]> {
  if (typeof value === "string") return editsOf(value);
  const edit = editOf(value);
  if (edit === null) throw notAnEdit();
  return [edit];
}

function editOf(value: unknown): TextEdit | null {
  if (!isRecord(value)) return null;
  const search = first(value, SEARCH);
  // Some models write null for a deletion.
  const replace = first(value, REPLACE) ?? (REPLACE.some((name) => name in value) ? "" : undefined);
  return isText(search) && isText(replace) ? { search: textOf(search), replace: textOf(replace) } : null;
}

const isText = (value: unknown): value is string | string[] =>
  typeof value === "string" || (Array.isArray(value) && value.every((line) => typeof line === "string"));
/** Some models write a list of lines. */
const textOf = (value: string | string[]): string =>
  asSource(typeof value === "string" ? value : value.join("\n"));

const first = (record: Record<string, unknown>, names: readonly string[]): unknown =>
  names.map((name) => record[name]).find((value) => value !== undefined && value !== null);

const notAList = () =>
  new LabError("proposal", { what: "edits is not a list", expected: "[{ search, replace }]" });
const notAnEdit = () => new LabError("proposal", { what: "an edit is not of the form { search, replace }" });

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
