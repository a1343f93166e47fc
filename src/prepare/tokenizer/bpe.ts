// Trains byte-level BPE: repeatedly the most frequent adjacent pair becomes a new token. Pair counts are updated
// instead of recounted, over distinct pieces instead of the text, so 8,192 tokens take about a second.
import { Pieces } from "./pieces.ts";
import { pieceEnd } from "./pretokenize.ts";
import { LabError } from "../../error.ts";

const MIN_VOCABULARY = 256;
export const MAX_VOCABULARY = 8192;
export const DEFAULT_VOCABULARY = 1024;

/** Throws LabError "value" unless the size of the vocabulary is allowed. */
export function checkVocabularySize(vocabSize: number): void {
  if (Number.isInteger(vocabSize) && vocabSize >= MIN_VOCABULARY && vocabSize <= MAX_VOCABULARY) return;
  throw new LabError("value", {
    what: "vocabulary size",
    got: String(vocabSize),
    expected: `a whole number from ${MIN_VOCABULARY} to ${MAX_VOCABULARY}`,
  });
}

/** A pair of tokens as one number; tokens stay under 2^13, so it is exact. */
const pairKey = (a: number, b: number): number => a * 65536 + b;

/**
 * The merges, as flat pairs [a0, b0, a1, b1, ...]: token 256 + i stands for token a_i followed by token b_i. The most
 * frequent pair comes first; of equally frequent ones that with the smaller first, then second token. Stops early if no
 * pair occurs twice, so the result can be shorter than 2 * (vocabSize - 256). Regularly awaits `pause` with the
 * fraction done.
 */
export async function trainMerges(
  sample: Uint8Array,
  vocabSize: number,
  pause?: (fraction: number) => Promise<void>,
): Promise<Uint16Array> {
  checkVocabularySize(vocabSize);
  const pieces = new Pieces();
  const counts: number[] = [];
  let cut = 0;
  for (let at = 0; at < sample.length;) {
    const end = pieceEnd(sample, at, sample.length);
    const index = pieces.index(sample, at, end);
    counts[index] = (counts[index] ?? 0) + 1;
    at = end;
    if ((++cut & 0xffff) === 0) await pause?.((0.2 * at) / sample.length);
  }
  const words = new Array<Uint16Array>(pieces.size);
  for (let i = 0; i < pieces.size; i++) {
    words[i] = Uint16Array.from(pieces.bytes.subarray(pieces.offsets[i], pieces.offsets[i + 1]));
  }

  const pairs = new PairCounts();
  for (let w = 0; w < words.length; w++) pairs.add(words[w], counts[w], w, -1);
  pairs.publish();

  const merges: number[] = [];
  const wanted = 2 * (vocabSize - 256);
  while (merges.length < wanted) {
    if (merges.length % 64 === 0) await pause?.(0.2 + (0.8 * merges.length) / wanted);
    const best = pairs.pop();
    if (best === undefined) break;
    const a = Math.floor(best / 65536);
    const b = best % 65536;
    const token = 256 + merges.length / 2;
    merges.push(a, b);
    for (const w of pairs.wordsOf(best)) {
      const word = words[w];
      const merged = mergePair(word, a, b, token);
      if (merged === word) continue;
      pairs.remove(word, counts[w]);
      pairs.add(merged, counts[w], w, token);
      words[w] = merged;
    }
    pairs.forget(best);
    pairs.publish();
  }
  return Uint16Array.from(merges);
}

/** `word` with every pair a, b (from the left) replaced by `token`; the same array if there is none. */
function mergePair(word: Uint16Array, a: number, b: number, token: number): Uint16Array {
  let found = -1;
  for (let i = 0; i + 1 < word.length; i++) {
    if (word[i] === a && word[i + 1] === b) {
      found = i;
      break;
    }
  }
  if (found < 0) return word;
  const out = new Uint16Array(word.length - 1);
  out.set(word.subarray(0, found));
  let n = found;
  for (let i = found; i < word.length;) {
    if (i + 1 < word.length && word[i] === a && word[i + 1] === b) {
      out[n++] = token;
      i += 2;
    } else out[n++] = word[i++];
  }
  return out.subarray(0, n);
}

/**
 * Counts the occurrences of each pair and the words with it, with a heap to find the most frequent pair. The count of a
 * pair in the heap can only fall (a merge creates only pairs with its new token), so a stale entry is put back with its
 * true count: updates are lazy, results exact.
 */
class PairCounts {
  private readonly count = new Map<number, number>();
  private readonly words = new Map<number, number[]>();
  private readonly heap: { count: number; key: number }[] = [];
  private fresh = new Set<number>();

  /** Counts the pairs of a word, and lists the word for the pairs that contain its new token (all pairs if -1). */
  add(word: Uint16Array, times: number, index: number, token: number): void {
    for (let i = 0; i + 1 < word.length; i++) {
      const key = pairKey(word[i], word[i + 1]);
      this.count.set(key, (this.count.get(key) ?? 0) + times);
      if (token >= 0 && word[i] !== token && word[i + 1] !== token) continue;
      const list = this.words.get(key);
      if (list === undefined) {
        this.words.set(key, [index]);
        this.fresh.add(key);
      } else if (list[list.length - 1] !== index) list.push(index);
    }
  }

  remove(word: Uint16Array, times: number): void {
    for (let i = 0; i + 1 < word.length; i++) {
      const key = pairKey(word[i], word[i + 1]);
      this.count.set(key, (this.count.get(key) ?? 0) - times);
    }
  }

  /** Adds the pairs that are new since the last call to the heap. */
  publish(): void {
    for (const key of this.fresh) this.push(this.count.get(key) ?? 0, key);
    this.fresh = new Set();
  }

  /** The words that contain the pair, or did before; a word may occur twice. */
  wordsOf(key: number): readonly number[] {
    return this.words.get(key) ?? [];
  }

  forget(key: number): void {
    this.words.delete(key);
    this.count.delete(key);
    this.fresh.delete(key);
  }

  /** The most frequent pair, or undefined if none occurs twice. */
  pop(): number | undefined {
    for (;;) {
      const top = this.heap[0];
      if (top === undefined) return undefined;
      this.removeTop();
      const now = this.count.get(top.key) ?? 0;
      if (now === top.count) return now >= 2 ? top.key : undefined;
      if (now >= 2) this.push(now, top.key);
    }
  }

  private push(count: number, key: number): void {
    if (count < 1) return;
    const heap = this.heap;
    const entry = { count, key };
    let i = heap.push(entry) - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(entry, heap[parent])) break;
      heap[i] = heap[parent];
      i = parent;
    }
    heap[i] = entry;
  }

  private removeTop(): void {
    const heap = this.heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
      if (!before(heap[child], last)) break;
      heap[i] = heap[child];
      i = child;
    }
    heap[i] = last;
  }
}

const before = (x: { count: number; key: number }, y: { count: number; key: number }): boolean =>
  x.count > y.count || (x.count === y.count && x.key < y.key);
