// The fixed windows for the score of a model. A score is nats over bytes of text, so a window holds the exact number of
// bytes of its targets, and scores of different vocabularies can be compared.
import { LabError } from "../../error.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** Window w has inputs tokens[starts[w] + 0 .. T-1] and targets tokens[starts[w] + 1 .. T], T = seqLen. */
export interface Windows {
  starts: Uint32Array;
  seqLen: number;
  /** Text bytes of the targets of each window; a token without text counts as 0. */
  bytes: Float64Array;
}

/**
 * Windows over a split: no target is in two of them. Without `count` (or with one too large) they are adjacent and
 * cover the text except for a tail shorter than a window; otherwise `count` of those, evenly spread. Throws LabError
 * "value" if no window fits.
 */
export function makeWindows(
  tokens: Uint16Array,
  tokenizer: Pick<Tokenizer, "byteLengths">,
  seqLen: number,
  count?: number,
): Windows {
  const fitting = Math.floor((tokens.length - 1) / seqLen);
  const wanted = count === undefined ? fitting : Math.min(Math.floor(count), fitting);
  if (!(seqLen >= 1) || !(wanted >= 1)) {
    throw new LabError("value", {
      what: "windows",
      got: `${tokens.length} tokens, sequence length ${seqLen}, count ${count ?? "all"}`,
      expected: "at least one window",
    });
  }
  const starts = new Uint32Array(wanted);
  const bytes = new Float64Array(wanted);
  for (let w = 0; w < wanted; w++) {
    const start = Math.floor((w * fitting) / wanted) * seqLen;
    starts[w] = start;
    let sum = 0;
    for (let i = start + 1; i <= start + seqLen; i++) sum += tokenizer.byteLengths[tokens[i]];
    bytes[w] = sum;
  }
  return { starts, seqLen, bytes };
}

/** Bits per byte: nats / ln 2 / bytes, over all windows together (a long window weighs more than a short one). */
export function bitsPerByte(natsPerWindow: ArrayLike<number>, windows: Windows): number {
  if (natsPerWindow.length !== windows.starts.length) {
    throw new LabError("value", {
      what: "bitsPerByte",
      got: `${natsPerWindow.length} sums of nats`,
      expected: `${windows.starts.length}, one per window`,
    });
  }
  let nats = 0;
  let bytes = 0;
  for (let w = 0; w < natsPerWindow.length; w++) {
    nats += natsPerWindow[w];
    bytes += windows.bytes[w];
  }
  return nats / Math.LN2 / bytes;
}

/**
 * Bits per byte of consecutive groups of windows, for paired comparison of two runs on the same windows. Groups differ
 * by at most one window; there are at most as many as windows.
 */
export function chunkBitsPerByte(
  natsPerWindow: ArrayLike<number>,
  windows: Windows,
  chunks: number,
): number[] {
  const n = natsPerWindow.length;
  const groups = Math.max(1, Math.min(chunks, n));
  return Array.from({ length: groups }, (_, g) => {
    let nats = 0;
    let bytes = 0;
    for (let w = Math.floor((g * n) / groups); w < Math.floor(((g + 1) * n) / groups); w++) {
      nats += natsPerWindow[w];
      bytes += windows.bytes[w];
    }
    return nats / Math.LN2 / bytes;
  });
}

/** The text bytes of the same groups: the weights of the chunks in a score. */
export function chunkBytes(windows: Windows, chunks: number): number[] {
  const n = windows.bytes.length;
  const groups = Math.max(1, Math.min(chunks, n));
  return Array.from({ length: groups }, (_, g) => {
    let bytes = 0;
    for (let w = Math.floor((g * n) / groups); w < Math.floor(((g + 1) * n) / groups); w++)
      bytes += windows.bytes[w];
    return bytes;
  });
}
