// The lab's journals after damage: those of the store first, then those of copies; the lab's own journal has no
// unfinished work. A journal that cannot be read is kept under another name.
import { type RawStore, readableValues } from "../../repo/index.ts";
import { EMPTY_JOURNAL, parseJournal } from "../study/journal.ts";
import type { Study } from "../study/study.ts";

const PREFIX = "=journal/";
const LAB = `${PREFIX}lab`;

/** `programOf`: program.md at an experiment of a study. `copied`: journals by name. Returns values for the store. */
export async function settledJournals(
  store: RawStore | null,
  copied: ReadonlyMap<string, string>,
  study: Study | null,
  programOf: (tag: string, number: number) => string | undefined,
): Promise<Map<string, string>> {
  const values = new Map([...copied].map(([name, text]) => [PREFIX + name, text]));
  const stored = store === null ? [] : await readableValues(store);
  for (const [key, value] of stored)
    if (typeof key === "string" && key.startsWith(PREFIX) && typeof value === "string")
      values.set(key, value);
  for (const [key, text] of [...values])
    if (!isReadable(text)) {
      values.set(`${key}.set-aside`, text);
      values.delete(key);
    }
  const text = values.get(LAB);
  const before = text === undefined ? EMPTY_JOURNAL : parseJournal(JSON.parse(text) as never);
  const tag = study?.file.study ?? null;
  const last = study?.records.at(-1)?.number ?? -1;
  const program = before.program ?? programOf(tag ?? "", last) ?? null;
  values.set(LAB, JSON.stringify({ ...before, tag, program, active: false }));
  return values;
}

/** Adds the journals in a copy's file of records. A truncated file is skipped: the bundles do not depend on it. */
export function readJournals(bytes: Uint8Array, into: Map<string, string>): void {
  const text = new TextDecoder().decode(bytes);
  if (!isReadable(text)) return;
  for (const [name, value] of Object.entries(JSON.parse(text) as Record<string, unknown>))
    into.set(name, JSON.stringify(value));
}

/** Every journal of the lab is a JSON object of version 1, or one without a version. */
function isReadable(text: string): boolean {
  try {
    const value = JSON.parse(text) as { version?: unknown } | null;
    return typeof value === "object" && value !== null && (value.version ?? 1) === 1;
  } catch {
    return false;
  }
}
