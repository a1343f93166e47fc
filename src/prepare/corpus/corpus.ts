// A corpus ready for use: three splits as tokens, with their tokenizer.
import type { CorpusManifest } from "./manifest.ts";
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** A completely loaded corpus; each array has exactly the length of its split and its own buffer. */
export interface Corpus {
  manifest: CorpusManifest;
  tokenizer: Tokenizer;
  /** The tokens that train.ts may see. */
  train: Uint16Array;
  /** The tokens for the score; the trainer never gets them. */
  validation: Uint16Array;
  /** Scored only for the frontier; its end may be a study's control text (see heldOutSplits). */
  test: Uint16Array;
}

/** A corpus whose text is not loaded yet. */
export type DescribedCorpus = Pick<Corpus, "manifest" | "tokenizer">;
