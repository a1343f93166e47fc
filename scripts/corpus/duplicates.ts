// Finds near copies: a text is the set of its runs of eight words, and a copy is a text with a large share of known
// runs. The words leave out the differences between ES module, CommonJS copy and declarations of one source.

/** Words in a run. */
const RUN = 8;

const SYNTAX = new Set(
  (
    "var let const function return export exports default import from require module use strict Object defineProperty " +
    "__esModule value true false void declare readonly public private static abstract interface type as any string " +
    "number boolean unknown never undefined null new this async await extends implements interopRequireDefault " +
    "interopRequireWildcard enumerable get __PURE__ js ts mjs cjs d"
  ).split(" "),
);

/**
 * Hashes (32 bits, none 0) of the runs of words of a text; a text shorter than a run has one hash, of all its words.
 */
export function runsOfWords(text: string): Uint32Array {
  const words: number[] = [];
  let start = -1;
  for (let i = 0; i <= text.length; i++) {
    const c = i < text.length ? text.charCodeAt(i) : 32;
    const inWord =
      (c >= 97 && c <= 122) ||
      (c >= 65 && c <= 90) ||
      c === 95 ||
      c === 36 ||
      c >= 128 ||
      (c >= 48 && c <= 57);
    if (inWord && start < 0) start = i;
    else if (!inWord && start >= 0) {
      const hash = wordHash(text.slice(start, i));
      if (hash !== 0) words.push(hash);
      start = -1;
    }
  }
  const count = Math.max(words.length === 0 ? 0 : 1, words.length - RUN + 1);
  const runs = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    let h = 0x811c9dc5;
    for (let j = i; j < Math.min(i + RUN, words.length); j++) {
      h = Math.imul(h ^ words[j], 0x9e3779b1);
      h ^= h >>> 15;
    }
    runs[i] = h >>> 0 || 1;
  }
  return runs;
}

/**
 * Hash of a word; 0 for syntax and numbers. Compilers' renamings (`foo_1`, `_foo`, `foo$2`) hash like the original
 * name.
 */
function wordHash(word: string): number {
  const name = word.replace(/^_+/, "").replace(/[_$]\d+$/, "");
  if (name === "" || SYNTAX.has(name) || /^\d/.test(name)) return 0;
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0 || 1;
}

/** A set of runs of words, as an open-addressing hash table. */
export class SeenRuns {
  private slots = new Uint32Array(1 << 16);
  private size = 0;

  /** The fraction of a text's runs that are in the set; 1 for a text without words. */
  share(runs: Uint32Array): number {
    if (runs.length === 0) return 1;
    let known = 0;
    for (const run of runs) if (this.slots[this.slot(run)] === run) known++;
    return known / runs.length;
  }

  add(runs: Uint32Array): void {
    for (const run of runs) {
      const slot = this.slot(run);
      if (this.slots[slot] === run) continue;
      this.slots[slot] = run;
      if (++this.size * 2 > this.slots.length) this.grow();
    }
  }

  private slot(run: number): number {
    const mask = this.slots.length - 1;
    let slot = run & mask;
    while (this.slots[slot] !== 0 && this.slots[slot] !== run) slot = (slot + 1) & mask;
    return slot;
  }

  private grow(): void {
    const old = this.slots;
    this.slots = new Uint32Array(old.length * 2);
    for (const run of old) if (run !== 0) this.slots[this.slot(run)] = run;
  }
}
