// Statistics of a study's history, as pure functions: the kinds of changes tried and their success, whether the study
// is on a plateau, how novel the last attempts were, the line of the incumbent, and whether a proposal repeats an
// earlier one. They turn a list of results into advice.
import { normaliseSource, withoutNames } from "../../source/normalise.ts";
import { parseConstants } from "../../source/constants.ts";
import type { HistoryEntry } from "../../researcher.ts";

/** Results of one kind of change, or of one researcher. */
export interface Tally {
  readonly name: string;
  readonly tried: number;
  readonly kept: number;
  readonly failed: number;
  /** Sum of the reductions of val_bpb by the kept experiments. */
  readonly gain: number;
}

/** Experiments by `key`, most tried first; the baseline does not count. */
export function tally(history: readonly HistoryEntry[], key: (entry: HistoryEntry) => string): Tally[] {
  const groups = new Map<string, HistoryEntry[]>();
  for (const entry of history) {
    if (entry.parent === null) continue;
    const name = key(entry);
    groups.set(name, [...(groups.get(name) ?? []), entry]);
  }
  return [...groups]
    .map(([name, entries]) => ({
      name,
      tried: entries.length,
      kept: entries.filter(({ status }) => status === "keep").length,
      failed: entries.filter(({ status }) => status === "crash" || status === "invalid").length,
      gain: entries.reduce((sum, entry) => sum + gainOf(entry), 0),
    }))
    .sort((a, b) => b.tried - a.tried || b.gain - a.gain);
}

/** Results by researcher. */
export const byResearcher = (history: readonly HistoryEntry[]): Tally[] =>
  tally(history, (e) => e.researcher);
export const byCategory = (history: readonly HistoryEntry[]): Tally[] => tally(history, (e) => e.category);

/** The reduction of the score to beat; 0 unless the experiment was kept. */
export function gainOf({ status, valBpb, incumbentBpb }: HistoryEntry): number {
  return status === "keep" && valBpb !== null && incumbentBpb !== null ? incumbentBpb - valBpb : 0;
}

export interface Plateau {
  /** Experiments since the last one that was kept. */
  readonly since: number;
  readonly plateau: boolean;
}

/** Whether the last `patience` experiments in a row brought no gain. */
export function plateau(history: readonly HistoryEntry[], patience = 8): Plateau {
  const since = history.length - 1 - history.findLastIndex(({ status }) => status === "keep");
  return { since, plateau: history.length > 0 && since >= patience };
}

/**
 * How different the last `window` attempts were from all earlier ones: the mean share of their changed lines that no
 * earlier attempt had changed in the same way. Near 0, the study repeats itself. Null without an earlier attempt to
 * compare with.
 */
export function novelty(history: readonly HistoryEntry[], window = 6): number | null {
  const byNumber = new Map(history.map((entry) => [entry.number, entry]));
  const seen = new Set<string>();
  const shares: number[] = [];
  for (const entry of history) {
    const parent = entry.parent === null ? undefined : byNumber.get(entry.parent);
    if (!parent) continue;
    const changes = changedLines(parent.source, entry.source);
    const fresh = changes.filter((line) => !seen.has(line)).length;
    if (seen.size > 0 && changes.length > 0) shares.push(fresh / changes.length);
    for (const line of changes) seen.add(line);
  }
  const last = shares.slice(-window);
  return last.length === 0 ? null : last.reduce((sum, share) => sum + share, 0) / last.length;
}

/** Lines of `to` that are not in `from`, ignoring layout and numbers: 0.02 and 0.03 are the same idea. */
function changedLines(from: string, to: string): string[] {
  const form = (source: string) =>
    source
      .split("\n")
      .map((line) =>
        line
          .replace(/\/\/.*$/, "")
          .replace(/\b\d[\d_]*\.?\d*(?:e[-+]?\d+)?\b/gi, "#")
          .replace(/\s+/g, ""),
      )
      .filter((line) => line !== "");
  const before = new Set(form(from));
  const changed = form(to).filter((line) => !before.has(line));
  const numbers = parseConstants(to).filter((constant) => {
    const old = parseConstants(from).find(({ name }) => name === constant.name);
    return old !== undefined && old.value !== constant.value;
  });
  return [...new Set([...changed, ...numbers.map(({ name }) => `${name}=#`)])];
}

/** The kept experiments that led to `number`, oldest first, the baseline included. */
export function lineage(history: readonly HistoryEntry[], number: number): HistoryEntry[] {
  const byNumber = new Map(history.map((entry) => [entry.number, entry]));
  const line: HistoryEntry[] = [];
  for (let entry = byNumber.get(number); entry;) {
    line.unshift(entry);
    const { parent } = entry;
    entry = parent === null || line.length > history.length ? undefined : byNumber.get(parent);
  }
  return line;
}

/**
 * The earlier attempt whose train.ts does the same as `source`, ignoring layout, names and the spelling of numbers; null when
 * `source` is new.
 */
export function duplicateOf<T extends { readonly source: string }>(
  source: string,
  earlier: readonly T[],
): T | null {
  const text = withoutNames(source);
  return earlier.find((entry) => withoutNames(entry.source) === text) ?? null;
}

const CATEGORIES: readonly (readonly [category: string, pattern: RegExp])[] = [
  ["kernel", /\bkernel\s*\(|wgsl/i],
  ["attention", /attention|rope|query|\bkey\b|heads?\b|window/i],
  ["mlp", /\bmlp\b|relu|gelu|silu|swiglu|\bup\b|\bdown\b/i],
  ["normalisation", /norm\b|rmsnorm|layernorm/i],
  ["embedding", /embed|\bhead\b|softcap|logits|tie/i],
  ["optimizer", /adamw|muon|lion|\bsgd\b|optimi[sz]er|momentum|betas?\b|clipgradnorm/i],
  ["schedule", /schedule|warmup|warmdown|progress|cosine/i],
  ["initialisation", /nn\.(?:normal|uniform|zeros|ones|orthogonal)|\binit/i],
  ["regularisation", /dropout|weightdecay|weight_decay|label.?smooth/i],
  ["architecture", /class |forward|residual|block|depth|layer/i],
];

/**
 * The category of the change from `from` to `to`: `numeric` when only numbers of declared constants differ,
 * `simplification` when lines were only removed, else the topic of most changed lines.
 */
export function categorise(from: string, to: string): string {
  if (blankNumbers(from) === blankNumbers(to)) return "numeric";
  const [before, after] = [lines(from), lines(to)];
  const added = after.filter((line) => !before.includes(line));
  const removed = before.filter((line) => !after.includes(line));
  if (added.length === 0 && removed.length > 0) return "simplification";
  const changed = [...added, ...removed];
  const scores = CATEGORIES.map(([category, pattern]) => ({
    category,
    score: changed.filter((line) => pattern.test(line)).length,
  }));
  const best = scores.reduce((a, b) => (b.score > a.score ? b : a));
  return best.score > 0 ? best.category : "other";
}

/** The categories a model may choose from; any other name is replaced by `categorise` of the edit. */
export const KNOWN_CATEGORIES: readonly string[] = [
  "numeric",
  "simplification",
  "other",
  ...CATEGORIES.map(([category]) => category),
];

function blankNumbers(source: string): string {
  let text = source;
  for (const { from, to } of [...parseConstants(source)].sort((a, b) => b.from - a.from)) {
    text = `${text.slice(0, from)}#${text.slice(to)}`;
  }
  return normaliseSource(text);
}

const lines = (source: string): string[] =>
  source
    .split("\n")
    .map((line) => line.replace(/\/\/.*$/, "").trim())
    .filter((line) => line !== "");
