// Encodes bytes as tokens by byte-level BPE, and decodes them. Ids 0..255 are the bytes and 256 + i is the i-th merge,
// so the merges of a smaller vocabulary are a prefix of those of a larger one.
import { LabError } from "../../error.ts";
import { checkVocabularySize, trainMerges } from "./bpe.ts";
import { Pieces } from "./pieces.ts";
import { MAX_PIECE, pieceEnd } from "./pretokenize.ts";
import { spreadSample } from "./sample-text.ts";

/** A tokenizer: lossless on any bytes, valid UTF-8 or not. */
export interface Tokenizer {
  /** Number of ids of a model; ids past the merges (of a text with few pairs) never occur and have no text. */
  readonly vocabSize: number;
  /** Flat pairs: token 256 + i is token merges[2i] followed by token merges[2i + 1]. */
  readonly merges: Uint16Array;
  /** Number of text bytes of each token, [vocabSize]. */
  readonly byteLengths: Uint16Array;
  /** Bytes to tokens: merges the earliest learned pair of each piece first. decode(encode(x)) is x. */
  encode(bytes: Uint8Array): Uint16Array;
  /** Tokens to bytes. Throws LabError "value" on an id outside the vocabulary. */
  decode(tokens: Uint16Array): Uint8Array;
  /**
   * Encodes bytes [start, end) of a longer text into `out` from `at` on, whole pieces only, and returns the positions
   * in both at which it stopped. Unless `last`, pass the bytes from `next` on again together with the following ones.
   * Writes at most one token per byte.
   */
  encodeInto(
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Uint16Array,
    at: number,
    last: boolean,
  ): { next: number; at: number };
}

/** Maximum size of the text from which merges are learned, in bytes; more text changes few merges. */
const TOKENIZER_SAMPLE = 6 << 20;

/** Learns a tokenizer from a training text, or from a spread sample of it; `pause` as in trainMerges. */
export async function trainTokenizer(
  train: Uint8Array,
  vocabSize: number,
  pause?: (fraction: number) => Promise<void>,
): Promise<Tokenizer> {
  return createTokenizer(
    await trainMerges(spreadSample(train, TOKENIZER_SAMPLE), vocabSize, pause),
    vocabSize,
  );
}

/**
 * The tokenizer of the first `vocabSize` - 256 merges. Throws LabError "value" on a size out of range or on merges
 * that refer to later tokens.
 */
export function createTokenizer(allMerges: Uint16Array, vocabSize: number): Tokenizer {
  checkVocabularySize(vocabSize);
  const merges = allMerges.slice(0, Math.min(allMerges.length & ~1, 2 * (vocabSize - 256)));
  return new BytePairTokenizer(vocabSize, merges);
}

/** Maximum number of cached pieces; then the cache starts again empty, to limit memory. */
const MAX_CACHED_PIECES = 1 << 17;

class BytePairTokenizer implements Tokenizer {
  readonly vocabSize: number;
  readonly merges: Uint16Array;
  readonly byteLengths: Uint16Array;
  /** The bytes of token t are text[starts[t] .. starts[t] + byteLengths[t]). */
  private readonly text: Uint8Array;
  private readonly starts: Uint32Array;
  private readonly ranks: PairRanks;
  private readonly pieces = new Pieces();
  private cached: Uint16Array = new Uint16Array(1 << 16);
  private cachedEnds: Uint32Array = new Uint32Array(1 << 12);
  private readonly scratch = new Uint16Array(MAX_PIECE);

  constructor(vocabSize: number, merges: Uint16Array) {
    this.vocabSize = vocabSize;
    this.merges = merges;
    this.byteLengths = new Uint16Array(vocabSize).fill(1, 0, 256);
    this.starts = new Uint32Array(vocabSize + 1);
    for (let i = 0; 2 * i < merges.length; i++) {
      const [a, b] = [merges[2 * i], merges[2 * i + 1]];
      if (a >= 256 + i || b >= 256 + i) {
        throw new LabError("value", {
          what: `merge ${i}`,
          got: `${a}, ${b}`,
          expected: `tokens under ${256 + i}`,
        });
      }
      this.byteLengths[256 + i] = this.byteLengths[a] + this.byteLengths[b];
    }
    for (let t = 0; t < vocabSize; t++) this.starts[t + 1] = this.starts[t] + this.byteLengths[t];
    this.text = new Uint8Array(this.starts[vocabSize]);
    for (let t = 0; t < 256; t++) this.text[t] = t;
    for (let i = 0; 2 * i < merges.length; i++) {
      const [a, b] = [merges[2 * i], merges[2 * i + 1]];
      const to = this.starts[256 + i];
      this.text.copyWithin(to, this.starts[a], this.starts[a] + this.byteLengths[a]);
      this.text.copyWithin(to + this.byteLengths[a], this.starts[b], this.starts[b] + this.byteLengths[b]);
    }
    this.ranks = new PairRanks(merges);
  }

  encode(bytes: Uint8Array): Uint16Array {
    const out = new Uint16Array(bytes.length);
    const { at } = this.encodeInto(bytes, 0, bytes.length, out, 0, true);
    return out.slice(0, at);
  }

  encodeInto(
    bytes: Uint8Array,
    start: number,
    end: number,
    out: Uint16Array,
    at: number,
    last: boolean,
  ): { next: number; at: number } {
    // A piece depends only on the MAX_PIECE bytes from its start: later text cannot change one that starts before this.
    const safe = last ? end : end - MAX_PIECE;
    let next = start;
    while (next < safe) {
      const stop = pieceEnd(bytes, next, end);
      if (stop - next === 1) out[at++] = bytes[next];
      else at = this.appendPiece(bytes, next, stop, out, at);
      next = stop;
    }
    return { next, at };
  }

  decode(tokens: Uint16Array): Uint8Array {
    let length = 0;
    for (const t of tokens) {
      if (t >= this.vocabSize) {
        throw new LabError("value", {
          what: "token",
          got: String(t),
          expected: `an id under ${this.vocabSize}`,
        });
      }
      length += this.byteLengths[t];
    }
    const out = new Uint8Array(length);
    let at = 0;
    for (const t of tokens) {
      for (let j = this.starts[t], end = this.starts[t + 1]; j < end; j++) out[at++] = this.text[j];
    }
    return out;
  }

  private appendPiece(bytes: Uint8Array, start: number, end: number, out: Uint16Array, at: number): number {
    if (this.pieces.size >= MAX_CACHED_PIECES) this.pieces.clear();
    const known = this.pieces.size;
    const index = this.pieces.index(bytes, start, end);
    const from = index === 0 ? 0 : this.cachedEnds[index - 1];
    if (index === known) {
      const count = this.merge(bytes, start, end);
      if (from + count > this.cached.length) {
        const larger = new Uint16Array(this.cached.length * 2);
        larger.set(this.cached);
        this.cached = larger;
      }
      this.cached.set(this.scratch.subarray(0, count), from);
      if (index >= this.cachedEnds.length) {
        const larger = new Uint32Array(this.cachedEnds.length * 2);
        larger.set(this.cachedEnds);
        this.cachedEnds = larger;
      }
      this.cachedEnds[index] = from + count;
    }
    for (let i = from, to = this.cachedEnds[index]; i < to; i++) out[at++] = this.cached[i];
    return at;
  }

  /** Merges one piece in `scratch`; returns the number of tokens left. */
  private merge(bytes: Uint8Array, start: number, end: number): number {
    const s = this.scratch;
    let n = end - start;
    for (let i = 0; i < n; i++) s[i] = bytes[start + i];
    for (;;) {
      let best = -1;
      for (let i = 0; i + 1 < n; i++) {
        const token = this.ranks.get(s[i], s[i + 1]);
        if (token >= 0 && (best < 0 || token < best)) best = token;
      }
      if (best < 0) return n;
      const a = this.merges[2 * (best - 256)];
      const b = this.merges[2 * (best - 256) + 1];
      let m = 0;
      for (let i = 0; i < n;) {
        if (i + 1 < n && s[i] === a && s[i + 1] === b) {
          s[m++] = best;
          i += 2;
        } else s[m++] = s[i++];
      }
      n = m;
    }
  }
}

/** Pair of tokens -> the token it merges into, or -1; open addressing over the packed pair. */
class PairRanks {
  private readonly keys: Int32Array;
  private readonly tokens: Int16Array;
  private readonly mask: number;

  constructor(merges: Uint16Array) {
    let size = 1024;
    while (size < merges.length * 2) size *= 2;
    this.keys = new Int32Array(size).fill(-1);
    this.tokens = new Int16Array(size).fill(-1);
    this.mask = size - 1;
    for (let i = 0; 2 * i < merges.length; i++) {
      const key = (merges[2 * i] << 13) | merges[2 * i + 1];
      let slot = this.slot(key);
      while (this.keys[slot] >= 0 && this.keys[slot] !== key) slot = (slot + 1) & this.mask;
      if (this.keys[slot] === key) continue; // the same pair twice: the earlier merge wins
      this.keys[slot] = key;
      this.tokens[slot] = 256 + i;
    }
  }

  get(a: number, b: number): number {
    const key = (a << 13) | b;
    for (let slot = this.slot(key); ; slot = (slot + 1) & this.mask) {
      const found = this.keys[slot];
      if (found === key) return this.tokens[slot];
      if (found < 0) return -1;
    }
  }

  private slot(key: number): number {
    const h = Math.imul(key, 0x9e3779b1);
    return (h ^ (h >>> 15)) & this.mask;
  }
}
