// A corpus ready for use: three splits as tokens, and the tokenizer that made them.
import type { CorpusManifest } from "./manifest.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** Whole once loaded; the arrays are of exactly the split's length and own their buffers. */
export interface Corpus {
  manifest: CorpusManifest;
  tokenizer: Tokenizer;
  /** What train.ts may see. */
  train: Uint16Array;
  /** What a score is measured on; never given to the trainer. */
  validation: Uint16Array;
  /** Scored only for the frontier; its end may be a study's control text (see heldOutSplits). */
  test: Uint16Array;
}
