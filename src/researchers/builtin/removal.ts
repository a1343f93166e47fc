// Removes additions again. An edit that was kept early may only have compensated for a number that was wrong at the
// time; its code stays until a run without it is no worse. The source without it is built anew: all other edits on the
// incumbent's line in their order, with the incumbent's numbers.
import type { Brief, HistoryEntry } from "../researcher.ts";
import { setConstants } from "../source/constants.ts";
import { normaliseSource } from "../source/normalise.ts";
import { valuesOf } from "../source/space.ts";
import type { Edit } from "./edits/edit.ts";
import type { Memory } from "./memory.ts";

export interface Removal {
  readonly source: string;
  readonly edit: Edit;
  /** The experiment that added the edit. */
  readonly addition: HistoryEntry;
  readonly keptSince: number;
}

/** Number of keeps after an addition before its removal is tested, and between two such tests. */
const AGE = 5;

export const removalOf = (edit: string): string => `remove-${edit}`;

/** The addition to remove next: the one with the smallest gain among the old ones. Null when there is none. */
export function proposeRemoval(brief: Brief, memory: Memory, catalogue: readonly Edit[]): Removal | null {
  const line = lineOf(brief);
  const gone = new Set(
    line.flatMap(({ category }) =>
      catalogue.filter(({ name }) => category === removalOf(name)).map(({ name }) => name),
    ),
  );
  if (normaliseSource(rebuilt(line, gone, catalogue) ?? "") !== normaliseSource(brief.source)) return null;
  const candidates = line.flatMap((addition): Removal[] => {
    const edit = additionOf(addition, catalogue);
    if (!edit || gone.has(edit.name)) return [];
    const asked = memory.tried.get(removalOf(edit.name));
    const keptSince = memory.keptSince(Math.max(addition.number, asked?.last ?? 0));
    if (keptSince < AGE || asked?.crashed === true) return [];
    const source = rebuilt(line, new Set([...gone, edit.name]), catalogue);
    if (source === null || memory.seen(source)) return [];
    return [{ source, edit, addition, keptSince: memory.keptSince(addition.number) }];
  });
  const gain = ({ addition: { valBpb, incumbentBpb } }: Removal) => (incumbentBpb ?? 0) - (valBpb ?? 0);
  return candidates.sort((a, b) => gain(a) - gain(b))[0] ?? null;
}

/** The edit that an experiment added, if any; numeric moves undo edits of shape, which change only numbers. */
const additionOf = ({ category }: HistoryEntry, catalogue: readonly Edit[]): Edit | undefined =>
  catalogue.find(({ name, slot }) => name === category && slot !== "shape");

/** The incumbent and its ancestors, the first experiment first. */
function lineOf({ history, incumbent }: Brief): readonly HistoryEntry[] {
  const byNumber = new Map(history.map((entry) => [entry.number, entry]));
  const line: HistoryEntry[] = [];
  for (let at = incumbent?.number ?? null; at !== null;) {
    const entry = byNumber.get(at);
    if (!entry) return [];
    line.unshift(entry);
    at = entry.parent;
  }
  return line;
}

/** Applies the line's edits except `without` in order, with the incumbent's numbers; null where one does not fit. */
function rebuilt(
  line: readonly HistoryEntry[],
  without: ReadonlySet<string>,
  catalogue: readonly Edit[],
): string | null {
  const [first, ...rest] = line;
  let source: string | null = first?.source ?? null;
  for (const entry of rest) {
    const edit = additionOf(entry, catalogue);
    if (source === null) return null;
    if (edit && !without.has(edit.name)) source = edit.apply(source);
  }
  const last = line.at(-1);
  if (source === null || !last) return null;
  const [own, wanted] = [valuesOf(source), valuesOf(last.source)];
  const names = Object.keys(own).filter((name) => wanted[name] !== undefined);
  return setConstants(source, Object.fromEntries(names.map((name) => [name, wanted[name]])));
}
