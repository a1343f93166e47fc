// Search and replace as models do it: every search must occur exactly once. What does not apply is explained so that
// the model can mend it without seeing the whole file again.
import { LabError } from "../../../error.ts";

export interface TextEdit {
  readonly search: string;
  readonly replace: string;
}

/** `source` with the edits applied in order. Throws `proposal` naming the edit that does not apply, and why. */
export function applyEdits(source: string, edits: readonly TextEdit[]): string {
  return edits.reduce(
    (text, edit, i) => applyEdit(text, edit, edits.length > 1 ? `edit ${i + 1}` : "the edit"),
    source,
  );
}

function applyEdit(source: string, { search, replace }: TextEdit, name: string): string {
  const wanted = lineEnds(search);
  if (wanted.trim() === "") throw new LabError("proposal", `${name} searches for nothing`);
  const first = source.indexOf(wanted);
  if (first < 0)
    throw new LabError("proposal", {
      what: `${name} does not apply: its search text is not in train.ts`,
      ...nearest(source, wanted),
    });
  const second = source.indexOf(wanted, first + 1);
  if (second >= 0) {
    const lines = `lines ${lineAt(source, first)} and ${lineAt(source, second)}`;
    throw new LabError("proposal", {
      what: `${name} does not apply: its search text occurs more than once, at ${lines}`,
      hint: "add a line before or after it",
    });
  }
  return source.slice(0, first) + lineEnds(replace) + source.slice(first + wanted.length);
}

/** Where the search text may have been meant to match: its first line that stands in the source, spaces aside. */
function nearest(source: string, search: string): { hint?: string } {
  const lines = source.split("\n");
  const wanted = search.split("\n").find((line) => line.trim().length > 3) ?? "";
  const squeeze = (line: string) => line.replace(/\s+/g, "");
  const at = lines.findIndex((line) => squeeze(line).includes(squeeze(wanted)));
  if (squeeze(wanted) === "" || at < 0) return { hint: "copy it from train.ts character by character" };
  return { hint: `line ${at + 1} looks similar: ${(lines[at] ?? "").trim().slice(0, 120)}` };
}

const lineEnds = (text: string): string => text.replaceAll("\r\n", "\n");
const lineAt = (text: string, at: number): number => text.slice(0, at).split("\n").length;
