// A three-way merge by lines, like git's: it takes one change out of a later train.ts.
import { diffArrays } from "diff";

/** Lines [from, to) of the base that became `lines`. */
interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly lines: readonly string[];
}

/**
 * `ours` with the changes from `base` to `theirs` applied, or null where both changed the same or neighbouring lines
 * differently.
 */
export function mergeLines(base: string, ours: string, theirs: string): string | null {
  const lines = base.split("\n");
  const left = hunks(lines, ours.split("\n"));
  const right = hunks(lines, theirs.split("\n"));
  const merged: string[] = [];
  let at = 0;
  const take = ({ from, to, lines: replacement }: Hunk) => {
    merged.push(...lines.slice(at, from), ...replacement);
    at = to;
  };
  for (;;) {
    const [a, b] = [left[0], right[0]];
    if (a === undefined && b === undefined) return [...merged, ...lines.slice(at)].join("\n");
    if (a && b && a.from <= b.to && b.from <= a.to) {
      if (!same(a, b)) return null;
      take(a);
      left.shift();
      right.shift();
    } else if (b === undefined || (a !== undefined && a.from < b.from)) {
      const next = left.shift();
      if (next) take(next);
    } else {
      take(b);
      right.shift();
    }
  }
}

function hunks(base: readonly string[], changed: readonly string[]): Hunk[] {
  const found: Hunk[] = [];
  let at = 0;
  for (const part of diffArrays([...base], [...changed])) {
    if (!part.added && !part.removed) {
      at += part.value.length;
      continue;
    }
    const from = at;
    if (part.removed) at += part.value.length;
    const lines = part.added ? part.value : [];
    const last = found.at(-1);
    // A replacement comes as a removal and an addition that touch.
    if (last && last.to === from)
      found[found.length - 1] = { ...last, to: at, lines: [...last.lines, ...lines] };
    else found.push({ from, to: at, lines });
  }
  return found;
}

function same(a: Hunk, b: Hunk): boolean {
  return a.from === b.from && a.to === b.to && a.lines.join("\n") === b.lines.join("\n");
}
