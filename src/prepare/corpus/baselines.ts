// Baselines for a score: the bits per byte of simple models, on the bytes on which a GPT is scored.
import { ngramBitsPerByte } from "./ngram.ts";
import { spreadSample } from "../tokenizer/sample-text.ts";

/** Bits per byte on the validation bytes: a model without knowledge reaches `uniform`, byte frequencies `unigram`. */
export interface Baselines {
  /** All bytes equally likely: 8. */
  uniform: number;
  /** Byte frequencies of the training text. */
  unigram: number;
  /** One byte of context. */
  bigram: number;
  /** The 5-gram: four bytes of context, Witten-Bell interpolated with the shorter ones. */
  order5: number;
  /** The validation text alone, compressed with gzip at its default level: it has no training text to learn from. */
  gzip: number;
}

/** Maximum size of the training text to count, in bytes; a longer text is sampled in evenly spread blocks. */
export const BASELINE_SAMPLE = 24 << 20;

/**
 * Measures the baselines. `train` and `validation` are whole texts; awaits `pause` often. The results are rounded: gzip
 * to two decimals, because the output of zlib differs slightly between processors, the others to four.
 */
export async function measureBaselines(
  train: Uint8Array,
  validation: Uint8Array,
  pause?: () => Promise<void>,
): Promise<Baselines> {
  const ngrams = await ngramBitsPerByte(spreadSample(train, BASELINE_SAMPLE), validation, 5, pause);
  const gzip = (8 * (await gzipBytes(validation))) / validation.length;
  return {
    uniform: 8,
    unigram: round(ngrams[0], 4),
    bigram: round(ngrams[1], 4),
    order5: round(ngrams[4], 4),
    gzip: round(gzip, 2),
  };
}

/** Size of `bytes` after gzip. */
async function gzipBytes(bytes: Uint8Array): Promise<number> {
  const compressor = new CompressionStream("gzip");
  const writer = compressor.writable.getWriter();
  const written = writer.write(bytes.slice()).then(() => writer.close());
  const reader = compressor.readable.getReader();
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
  }
  await written;
  return size;
}

const round = (x: number, digits: number): number => Number(x.toFixed(digits));
