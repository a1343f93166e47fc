// learnings.md as a text that two write: the lab adds a line after each experiment and now and then a block of
// patterns; the human edits what they like. The lab never writes over words that are not its own.
import type { HistoryEntry } from "../../researchers/index.ts";
import { LEARNINGS_HEADER, learningsLine } from "../study/notebook.ts";
import type { StoredRecord } from "../contract/experiment.ts";
import { patterns } from "./patterns.ts";
import type { ResearcherContext } from "./store.ts";

/** Experiments between two consolidations. */
const EVERY = 10;
const BLOCK = /^## Patterns after #(\d+)\n\n((?:- .*\n)*)\n?/gm;

/** The text after one more experiment. `history` ends with it; `line` is its own, as the notebook writes it. */
export function grown(text: string, line: string, history: readonly HistoryEntry[]): string {
  const before = text.trim() === "" ? LEARNINGS_HEADER : text;
  const added = `${before}${before.endsWith("\n") ? "" : "\n"}${line}`;
  const last = history.at(-1)?.number ?? 0;
  return last > 0 && last % EVERY === 0 ? consolidated(added, history) : added;
}

/** Puts the patterns of all experiments so far at the end of what stands above the lines, in place of older ones. */
export function consolidated(text: string, history: readonly HistoryEntry[]): string {
  const fresh = patterns(history);
  const last = history.at(-1)?.number ?? 0;
  // A block that is not exactly what the lab would have written has been edited, and stays.
  const rest = text.replace(BLOCK, (block: string, number: string, lines: string) =>
    lines === patterns(history.filter((entry) => entry.number <= Number(number))) ? "" : block,
  );
  if (fresh === "") return rest;
  const block = `## Patterns after #${last}\n\n${fresh}\n`;
  const at = rest.search(/^- #\d+ /m);
  return at < 0 ? `${rest}${block}` : `${rest.slice(0, at)}${block}${rest.slice(at)}`;
}

/**
 * The human's text, edited from `base`, with the lines of experiments that ended meanwhile. What the human took out
 * stays out.
 */
export function mergedEdit(base: string, edited: string, now: string): string {
  const known = new Set(base.split("\n"));
  const since = now.split("\n").filter((line) => /^- #\d+ /.test(line) && !known.has(line));
  const there = new Set(edited.split("\n"));
  const added = since.filter((line) => !there.has(line)).map((line) => `${line}\n`);
  return `${edited.trimEnd()}\n${added.join("")}`;
}

/** learnings.md of the open study: grown by experiments, edited by the human, both at once if need be. */
export class Memory {
  readonly #context: ResearcherContext;
  text = "";
  /** The text as the commit under way found it. */
  #composedFrom = "";

  constructor(context: ResearcherContext) {
    this.#context = context;
  }

  /** The text after this experiment; `before` are those that ended earlier. */
  after(record: StoredRecord & Pick<HistoryEntry, "source">, before: readonly HistoryEntry[]): string {
    this.#composedFrom = this.text;
    const entry: HistoryEntry = { ...record, commit: "", parent: record.base ?? record.parent };
    return grown(this.text, learningsLine(record), [...before, entry]);
  }

  /** `text` is committed. What the human edited while it was written waits for the next commit: that edit, or null. */
  committed(text: string): { readonly tag: string; readonly text: string } | null {
    const edited = this.text !== this.#composedFrom;
    this.text = edited ? mergedEdit(this.#composedFrom, this.text, text) : text;
    return edited ? { tag: this.#context.tag(), text: this.text } : null;
  }

  /** The human's edit of what was `base`. */
  async edit(base: string, text: string): Promise<void> {
    const merged = mergedEdit(base, text, this.text);
    await this.#context.keeper().update(() => ({ learnings: { tag: this.#context.tag(), text: merged } }));
    this.text = merged;
  }
}
