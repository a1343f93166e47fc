// The texts that no train.ts sees: validation, which every score is taken over, the hidden test, and in studies that have
// one the control text, which only checks that a gain is no knowledge of the validation text.
import type { Arena } from "./arena.ts";
import type { Corpus } from "../corpus/corpus.ts";

export interface HeldOutSplits {
  readonly validation: Uint16Array;
  readonly test: Uint16Array;
  /** Null in a study that began without one. */
  readonly control: Uint16Array | null;
}

/** How many tokens at the end of a test split become a new study's control text: half, unless that holds no window. */
export function controlTokensOf(test: Uint16Array, seqLen: number): number {
  const half = Math.floor(test.length / 2);
  return half > seqLen ? half : 0;
}

/** The held-out texts of a study. The control text is the end of the corpus's test split, so a corpus is one for all studies. */
export function heldOutSplits(
  { validation, test }: Pick<Corpus, "validation" | "test">,
  { controlTokens = 0 }: Pick<Arena, "controlTokens">,
): HeldOutSplits {
  const cut = test.length - controlTokens;
  return {
    validation,
    test: controlTokens > 0 ? test.slice(0, cut) : test,
    control: controlTokens > 0 ? test.slice(cut) : null,
  };
}
