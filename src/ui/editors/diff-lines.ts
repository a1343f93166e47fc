// A diff of two sources as rows of a table: line numbers on both sides, changed lines with the changed words marked,
// and long unchanged stretches folded away.

import { diffArrays, structuredPatch } from "diff";

export interface DiffPart {
  readonly text: string;
  readonly changed: boolean;
}

export type DiffRow =
  | {
      readonly kind: "same" | "added" | "removed";
      readonly before: number | null;
      readonly after: number | null;
      readonly parts: readonly DiffPart[];
    }
  | { readonly kind: "fold"; readonly lines: number };

interface Diff {
  readonly rows: readonly DiffRow[];
  readonly added: number;
  readonly removed: number;
}

const plain = (text: string): DiffPart[] => [{ text, changed: false }];

/** Rows of the diff with `context` unchanged lines around each change. */
export function diffLines(before: string, after: string, context = 3): Diff {
  const patch = structuredPatch("before", "after", before, after, "", "", { context });
  const rows: DiffRow[] = [];
  let added = 0;
  let removed = 0;
  let seen = 0; // lines of `before` already shown or folded
  for (const hunk of patch.hunks) {
    if (hunk.oldStart - 1 > seen) rows.push({ kind: "fold", lines: hunk.oldStart - 1 - seen });
    let left = hunk.oldStart;
    let right = hunk.newStart;
    const lines = hunk.lines.filter((l) => !l.startsWith("\\"));
    for (let i = 0; i < lines.length;) {
      if (lines[i]?.startsWith(" ")) {
        rows.push({ kind: "same", before: left++, after: right++, parts: plain(lines[i]?.slice(1) ?? "") });
        i++;
        continue;
      }
      const out = run(lines, i, "-");
      const into = run(lines, i + out.length, "+");
      i += out.length + into.length;
      removed += out.length;
      added += into.length;
      const pairs = pairParts(out, into);
      for (const parts of pairs.removed) rows.push({ kind: "removed", before: left++, after: null, parts });
      for (const parts of pairs.added) rows.push({ kind: "added", before: null, after: right++, parts });
    }
    seen = hunk.oldStart - 1 + hunk.oldLines;
  }
  const total = before === "" ? 0 : before.replace(/\n$/, "").split("\n").length;
  if (rows.length > 0 && total > seen) rows.push({ kind: "fold", lines: total - seen });
  return { rows, added, removed };
}

function run(lines: readonly string[], from: number, sign: string): string[] {
  const taken: string[] = [];
  for (let i = from; lines[i]?.startsWith(sign); i++) taken.push(lines[i]?.slice(1) ?? "");
  return taken;
}

/** Marks the changed words if as many lines were removed as added; else whole lines are marked. */
function pairParts(removed: readonly string[], added: readonly string[]) {
  if (removed.length !== added.length) return { removed: removed.map(plain), added: added.map(plain) };
  const pairs = removed.map((line, i) => changedWords(line, added[i] ?? ""));
  return { removed: pairs.map((p) => p.before), added: pairs.map((p) => p.after) };
}

// A number is one word: in `0.02` → `0.03` it is the number that changed, not its last digits.
const WORDS = /\d[\w.]*|\w+|\s+|./gu;

function changedWords(before: string, after: string): { before: DiffPart[]; after: DiffPart[] } {
  const changes = diffArrays(before.match(WORDS) ?? [], after.match(WORDS) ?? []);
  const same = changes.filter((c) => !c.added && !c.removed).flatMap((c) => c.value);
  // Two lines with little in common count as a removal and an addition, not as a changed line.
  if (same.join("").trim().length < 0.3 * Math.max(before.trim().length, after.trim().length)) {
    return { before: plain(before), after: plain(after) };
  }
  const side = (drop: "added" | "removed", mark: "added" | "removed") =>
    changes.filter((c) => !c[drop]).map((c) => ({ text: c.value.join(""), changed: c[mark] }));
  return { before: side("added", "removed"), after: side("removed", "added") };
}
