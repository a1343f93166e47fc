// Whether a text is one that language models know by heart: a researcher that is one may then know the held-out part too.
// Only hashes of known texts are here. `npx tsx scripts/known-text.ts NAME FILE` adds another.
import { fold } from "./fold.ts";
import LIST from "./known-texts.json" with { type: "json" };
import { eachStretch } from "./rolling-hash.ts";

/** A text by the hashes of some of its stretches: those whose hashes are lowest, so that any part of it has its share. */
export interface KnownText {
  readonly name: string;
  readonly hashes: readonly string[];
}

export interface Recognised {
  readonly name: string;
  /** The part of the known text that was found, from 0 to 1. */
  readonly share: number;
}

/** Letters of a stretch; layout, punctuation and case do not count. */
const STRETCH = 48;
/** Hashes kept of a text. A twentieth of it holds five of them, more or less. */
const HASHES = 96;
/** Fewer may be a quotation. */
const FEWEST = 4;

/** The fingerprint of a text. */
export function fingerprint(text: Uint8Array): string[] {
  const all = new Map<number, string>();
  // Twice as many as are needed, and the larger ones dropped whenever there are more than that many.
  let limit = 2 ** 32;
  eachStretch(fold(text).letters, STRETCH, (a, b) => {
    if (a >= limit) return;
    all.set(a, hashOf(a, b));
    if (all.size < 4 * HASHES) return;
    const ordered = [...all.keys()].sort((x, y) => x - y);
    for (const hash of ordered.slice(2 * HASHES)) all.delete(hash);
    limit = ordered[2 * HASHES];
  });
  return [...all]
    .sort(([x], [y]) => x - y)
    .slice(0, HASHES)
    .map(([, hash]) => hash);
}

/** Reads a text piece by piece and looks for known ones in it. */
export class Recogniser {
  readonly #known: readonly KnownText[];
  readonly #wanted = new Map<string, number>();
  readonly #found: Set<string>[];
  readonly #limit: number;
  #tail: Uint8Array = new Uint8Array(0);

  constructor(known: readonly KnownText[] = LIST) {
    this.#known = known;
    this.#found = known.map(() => new Set());
    known.forEach(({ hashes }, i) => {
      for (const hash of hashes) this.#wanted.set(hash, i);
    });
    this.#limit = Math.max(-1, ...[...this.#wanted.keys()].map((hash) => parseInt(hash.slice(0, 8), 16)));
  }

  push(text: Uint8Array): void {
    const { letters } = fold(text);
    const joined = new Uint8Array(this.#tail.length + letters.length);
    joined.set(this.#tail);
    joined.set(letters, this.#tail.length);
    eachStretch(joined, STRETCH, (a, b) => {
      if (a > this.#limit) return;
      const hash = hashOf(a, b);
      const which = this.#wanted.get(hash);
      if (which !== undefined) this.#found[which].add(hash);
    });
    this.#tail = joined.slice(Math.max(0, joined.length - STRETCH + 1));
  }

  /** The known text of which most was found, or null. */
  best(): Recognised | null {
    const shares = this.#known.map(({ name, hashes }, i) => ({
      name,
      count: this.#found[i].size,
      share: this.#found[i].size / hashes.length,
    }));
    const [best] = shares.filter(({ count }) => count >= FEWEST).sort((a, b) => b.share - a.share);
    return best === undefined ? null : { name: best.name, share: best.share };
  }
}

const hashOf = (a: number, b: number): string =>
  a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0");
