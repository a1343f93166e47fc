// learnings.md, which the lab and the human both write: the lab adds a line after each experiment and a block of
// patterns after every tenth, the human edits any of it. The lab never overwrites the human's words.
import type { HistoryEntry } from "../../researchers/index.ts";
import { LEARNINGS_HEADER, learningsLine } from "../study/notebook.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import { patterns } from "./patterns.ts";
import type { ResearcherContext } from "./store.ts";

/** Experiments between two consolidations. */
const EVERY = 10;
const BLOCK = /^## Patterns after #(\d+)\n\n((?:- .*\n)*)\n?/gm;

/** The text after one more experiment: `history` ends with it, `line` is its line in the notebook. */
export function withLine(text: string, line: string, history: readonly HistoryEntry[]): string {
  const before = text.trim() === "" ? LEARNINGS_HEADER : text;
  const added = `${before}${before.endsWith("\n") ? "" : "\n"}${line}`;
  const last = history.at(-1)?.number ?? 0;
  return last > 0 && last % EVERY === 0 ? consolidated(added, history) : added;
}

/** Puts the patterns of all experiments so far before the first experiment's line, in place of older patterns. */
export function consolidated(text: string, history: readonly HistoryEntry[]): string {
  const fresh = patterns(history);
  const last = history.at(-1)?.number ?? 0;
  // A block that differs from the lab's text for that number was edited by the human, and stays.
  const rest = text.replace(BLOCK, (block: string, number: string, lines: string) =>
    lines === patterns(history.filter((entry) => entry.number <= Number(number))) ? "" : block,
  );
  if (fresh === "") return rest;
  const block = `## Patterns after #${last}\n\n${fresh}\n`;
  const at = rest.search(/^- #\d+ /m);
  return at < 0 ? `${rest}${block}` : `${rest.slice(0, at)}${block}${rest.slice(at)}`;
}

/**
 * The human's text, edited from `base`, with the lines of experiments that ended meanwhile. Lines that the human
 * deleted stay deleted.
 */
export function mergedEdit(base: string, edited: string, now: string): string {
  const known = new Set(base.split("\n"));
  const since = now.split("\n").filter((line) => /^- #\d+ /.test(line) && !known.has(line));
  const there = new Set(edited.split("\n"));
  const added = since.filter((line) => !there.has(line)).map((line) => `${line}\n`);
  return `${edited.trimEnd()}\n${added.join("")}`;
}

/** learnings.md of the open study; an experiment and the human may change it at the same time. */
export class Memory {
  readonly #context: ResearcherContext;
  text = "";
  /** The text from which the present commit was composed. */
  #composedFrom = "";

  constructor(context: ResearcherContext) {
    this.#context = context;
  }

  /** The text after this experiment; `before` are those that ended earlier. */
  after(record: StoredRecord & Pick<HistoryEntry, "source">, before: readonly HistoryEntry[]): string {
    this.#composedFrom = this.text;
    const entry: HistoryEntry = { ...record, commit: "", parent: record.base ?? record.parent };
    return withLine(this.text, learningsLine(record), [...before, entry]);
  }

  /** `text` is committed. Returns the human's edit made meanwhile, which waits for the next commit, or null. */
  committed(text: string): { readonly tag: string; readonly text: string } | null {
    const edited = this.text !== this.#composedFrom;
    this.text = edited ? mergedEdit(this.#composedFrom, this.text, text) : text;
    return edited ? { tag: this.#context.tag(), text: this.text } : null;
  }

  /** Applies the human's edit, which began from `base`. */
  async edit(base: string, text: string): Promise<void> {
    const merged = mergedEdit(base, text, this.text);
    await this.#context.keeper().update(() => ({ learnings: { tag: this.#context.tag(), text: merged } }));
    this.text = merged;
  }
}
