// The texts that no train.ts sees: validation, for every score; the hidden test; and, in newer studies, the control
// text, which only checks that a gain does not come from knowledge of the validation text.
import type { Arena } from "./arena.ts";
import type { Corpus } from "../corpus/corpus.ts";

export interface HeldOutSplits {
  readonly validation: Uint16Array;
  readonly test: Uint16Array;
  /** Null in a study without a control text. */
  readonly control: Uint16Array | null;
}

/** Size of the control text of a new study, in tokens at the end of the test split: half, or 0 if that is too short. */
export function controlTokensOf(test: Uint16Array, seqLen: number): number {
  const half = Math.floor(test.length / 2);
  return half > seqLen ? half : 0;
}

/** The held-out texts of a study. The control text is the end of the test split, so all studies share one corpus. */
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
