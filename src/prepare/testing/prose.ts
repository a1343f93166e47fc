// Prose of made-up words for tests: texts of two seeds agree only by chance.
import { seededRandom } from "../training/random.ts";

const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu".split(" ");

/** A text of `length` letters, the same for the same seed. */
export function prose(length: number, seed: number): string {
  const random = seededRandom(seed);
  const word = () => Array.from({ length: 1 + random.below(4) }, () => SYLLABLES[random.below(20)]).join("");
  const parts: string[] = [];
  for (let made = 0; made < length;) {
    const words = Array.from({ length: 4 + random.below(8) }, word).join(random.below(5) === 0 ? ", " : " ");
    const sentence = `${words[0].toUpperCase()}${words.slice(1)}.${random.below(4) === 0 ? "\n" : " "}`;
    parts.push(sentence);
    made += sentence.length;
  }
  return parts.join("").slice(0, length);
}
