// Texts for the tests of the reader: prose of random words, so that no overlap is chance. Never imported by the lab.
import { createTokenizer } from "../../prepare/index.ts";
import { prose } from "../../prepare/testing/prose.ts";
import { indexOf } from "../carried/held-out.ts";

export const TRAIN = prose(40_000, 1);
export const VALIDATION = prose(8000, 2);
export const TEST = prose(4000, 3);
export const CONTROL = prose(4000, 4);

export const utf8 = (text: string) => new TextEncoder().encode(text);

/** Merges of pairs of letters, so that tokens are longer than bytes. */
const PAIRS = ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so"];
const MERGES = Uint16Array.from(PAIRS.flatMap((pair) => [...utf8(pair)]));
export const tokenizer = createTokenizer(MERGES, 256 + PAIRS.length);

/** An index of texts; by default of the three above. */
export function indexed(heldOut: readonly string[] = [VALIDATION, TEST, CONTROL], train = TRAIN) {
  const tokens = (text: string) => tokenizer.encode(utf8(text));
  const { merges, vocabSize } = tokenizer;
  return indexOf({ train: tokens(train), heldOut: heldOut.map(tokens), merges, vocabSize });
}
