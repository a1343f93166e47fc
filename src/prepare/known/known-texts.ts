// Recognises texts that language models know by heart: a language model as researcher may then know the held-out part
// too. The list holds only hashes of known texts. `npx tsx scripts/known-text.ts NAME FILE` adds a text.
import { fold } from "./fold.ts";
import LIST from "./known-texts.json" with { type: "json" };
import { eachStretch } from "./rolling-hash.ts";

/** A text, identified by the lowest hashes of its stretches, which are evenly distributed over the text. */
export interface KnownText {
  readonly name: string;
  readonly hashes: readonly string[];
}

export interface Recognised {
  readonly name: string;
  /** The fraction of the known text that was found, from 0 to 1. */
  readonly share: number;
}

/** Length of a stretch in letters, without layout, punctuation and case. */
const STRETCH = 48;
/** Number of hashes kept for a text. A twentieth of the text has about five of them. */
const HASHES = 96;
/** Minimum number of hashes for a match: fewer may be a quotation. */
const MIN = 4;

/** The fingerprint of a text. */
export function fingerprint(text: Uint8Array): string[] {
  const all = new Map<number, string>();
  // Collects the lowest hashes; whenever there are 4 * HASHES, drops all but the lowest 2 * HASHES.
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

/** Searches a text, which comes in pieces, for known texts. */
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

  /** The known text of which the largest fraction was found, or null. */
  best(): Recognised | null {
    const shares = this.#known.map(({ name, hashes }, i) => ({
      name,
      count: this.#found[i].size,
      share: this.#found[i].size / hashes.length,
    }));
    const [best] = shares.filter(({ count }) => count >= MIN).sort((a, b) => b.share - a.share);
    return best === undefined ? null : { name: best.name, share: best.share };
  }
}

const hashOf = (a: number, b: number): string =>
  a.toString(16).padStart(8, "0") + b.toString(16).padStart(8, "0");
