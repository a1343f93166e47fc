// Texts for the tests of the reader: prose of random words, which nothing shares by chance. Never imported by the lab.
import { createTokenizer, seededRandom } from "../../prepare/index.ts";
import { indexOf } from "./held-out.ts";

const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split(" ");

/** Prose of made-up words, the same for the same seed. */
export function prose(bytes: number, seed: number): string {
  const random = seededRandom(seed);
  const word = () => Array.from({ length: 1 + random.below(4) }, () => SYLLABLES[random.below(20)]).join("");
  let text = "";
  while (text.length < bytes) {
    const words = Array.from({ length: 4 + random.below(8) }, word).join(random.below(5) === 0 ? ", " : " ");
    text += `${words[0].toUpperCase()}${words.slice(1)}.${random.below(4) === 0 ? "\n" : " "}`;
  }
  return text.slice(0, bytes);
}

export const TRAIN = prose(40_000, 1);
export const VALIDATION = prose(8000, 2);
export const TEST = prose(4000, 3);
export const CONTROL = prose(4000, 4);

export const utf8 = (text: string) => new TextEncoder().encode(text);

/** Merges of neighbouring letters, so that tokens are longer than bytes. */
const MERGES = Uint16Array.from(SYLLABLES.slice(0, 16).flatMap((pair) => [...utf8(pair)]));
export const tokenizer = createTokenizer(MERGES, 256 + SYLLABLES.slice(0, 16).length);

/** An index of texts; without `heldOut` of the three above. */
export function indexed(heldOut: readonly string[] = [VALIDATION, TEST, CONTROL], train = TRAIN) {
  const tokens = (text: string) => tokenizer.encode(utf8(text));
  const { merges, vocabSize } = tokenizer;
  return indexOf({ train: tokens(train), heldOut: heldOut.map(tokens), merges, vocabSize });
}
