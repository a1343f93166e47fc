// Byte n-gram models with Witten-Bell interpolation: baselines that a model on a GPU must beat. Counts only the
// contexts that occur in the scored text, so 20 MB of training text take seconds and little memory.
import { assert } from "../../error.ts";

/** Longest n-gram, in bytes: its context is one byte shorter. */
const MAX_ORDER = 6;

/**
 * Bits per byte on `validation` of byte n-gram models counted on `train`: result[0] is the unigram, result[1] the
 * bigram, up to result[maxOrder - 1]. With c the n - 1 bytes before s, n(c) and n(c s) the counts, t(c) the number of
 * distinct bytes after c, P(s | c) = (n(c s) + t(c) P(s | shorter c)) / (n(c) + t(c)), down to 1/256 (Witten and Bell
 * 1991, method C). Contexts at the start of the validation text are shorter. Awaits `pause` regularly.
 */
export async function ngramBitsPerByte(
  train: Uint8Array,
  validation: Uint8Array,
  maxOrder: number,
  pause?: () => Promise<void>,
): Promise<number[]> {
  assert(maxOrder >= 1 && maxOrder <= MAX_ORDER, `n-gram order ${maxOrder}`);
  const n = validation.length;
  const probability = new Float64Array(n).fill(1 / 256);
  const result: number[] = [];
  for (let width = 0; width < maxOrder; width++) {
    const counts = new ContextCounts(n, width);
    await inSteps(width, n, pause, (from, to) => counts.expect(validation, from, to));
    await inSteps(width, train.length, pause, (from, to) => counts.count(train, from, to));
    await inSteps(width, n, pause, (from, to) => {
      for (let i = from; i < to; i++) {
        const { times, total, distinct } = counts.lookUp(validation, i);
        if (total > 0) probability[i] = (times + distinct * probability[i]) / (total + distinct);
      }
    });
    let nats = 0;
    for (let i = 0; i < n; i++) nats -= Math.log(probability[i]);
    result.push(nats / Math.LN2 / n);
  }
  return result;
}

/** Calls `work` for consecutive ranges of 256 KiB of [start, end), with a pause after each. */
async function inSteps(
  start: number,
  end: number,
  pause: (() => Promise<void>) | undefined,
  work: (from: number, to: number) => void,
): Promise<void> {
  const step = 1 << 18;
  for (let from = start; from < end; from += step) {
    work(from, Math.min(end, from + step));
    await pause?.();
  }
}

/** The `width` bytes before position i as one whole number (exact: at most 40 bits). */
function context(bytes: Uint8Array, i: number, width: number): number {
  let key = 0;
  for (let j = i - width; j < i; j++) key = key * 256 + bytes[j];
  return key;
}

/** Counts of (context, byte) for one width of context, restricted to the contexts that occur in a given text. */
class ContextCounts {
  private readonly width: number;
  private readonly contexts: Float64Array; // open addressing; -1 is free
  private readonly totals: Uint32Array;
  private readonly distinct: Uint16Array;
  private pairs: Uint32Array; // slot of the context * 256 + byte, + 1; 0 is free
  private times: Uint32Array;
  private pairCount = 0;

  /** Makes a table for the contexts of a text of `length` bytes. */
  constructor(length: number, width: number) {
    this.width = width;
    const possible = Math.min(length + 1, 256 ** width);
    let size = 16;
    while (size < possible * 1.5) size *= 2;
    this.contexts = new Float64Array(size).fill(-1);
    this.totals = new Uint32Array(size);
    this.distinct = new Uint16Array(size);
    this.pairs = new Uint32Array(1 << 16);
    this.times = new Uint32Array(1 << 16);
  }

  /** Adds the contexts before positions [from, to) of the text to score; from >= width. */
  expect(text: Uint8Array, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const key = context(text, i, this.width);
      this.contexts[this.slot(key)] = key;
    }
  }

  /** Counts the bytes at positions [from, to) of `text` in their contexts; from >= width. */
  count(text: Uint8Array, from: number, to: number): void {
    const { width, contexts, totals } = this;
    const modulus = 256 ** Math.max(0, width - 1);
    let key = from < to ? context(text, from, width) : 0;
    for (let i = from; i < to; i++) {
      const slot = this.slot(key);
      const byte = text[i];
      if (contexts[slot] === key) {
        totals[slot]++;
        this.addPair(slot, byte);
      }
      if (width > 0) key = (key % modulus) * 256 + byte;
    }
  }

  lookUp(text: Uint8Array, i: number): { times: number; total: number; distinct: number } {
    const slot = this.slot(context(text, i, this.width));
    const pair = this.pairSlot(slot * 256 + text[i] + 1);
    return { times: this.times[pair], total: this.totals[slot], distinct: this.distinct[slot] };
  }

  private slot(key: number): number {
    const { contexts } = this;
    const mask = contexts.length - 1;
    const high = Math.floor(key / 65536);
    let h = Math.imul(high ^ 0x5bd1e995, 0x9e3779b1) ^ Math.imul((key - high * 65536) | 0, 0x85ebca6b);
    h ^= h >>> 15;
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      const found = contexts[slot];
      if (found === key || found < 0) return slot;
    }
  }

  private pairSlot(key: number): number {
    const { pairs } = this;
    const mask = pairs.length - 1;
    let h = Math.imul(key, 0x9e3779b1);
    h ^= h >>> 15;
    for (let slot = h & mask; ; slot = (slot + 1) & mask) {
      const found = pairs[slot];
      if (found === key || found === 0) return slot;
    }
  }

  private addPair(slot: number, byte: number): void {
    const key = slot * 256 + byte + 1;
    const at = this.pairSlot(key);
    this.times[at]++;
    if (this.pairs[at] === key) return;
    this.pairs[at] = key;
    this.distinct[slot]++;
    if (++this.pairCount * 2 > this.pairs.length) this.grow();
  }

  private grow(): void {
    const { pairs, times } = this;
    this.pairs = new Uint32Array(pairs.length * 2);
    this.times = new Uint32Array(pairs.length * 2);
    for (let i = 0; i < pairs.length; i++) {
      if (pairs[i] === 0) continue;
      const at = this.pairSlot(pairs[i]);
      this.pairs[at] = pairs[i];
      this.times[at] = times[i];
    }
  }
}
