// A text of sums, from which a tiny model can learn; its tokens are bytes unless there is a tokenizer.
import { createTokenizer, type Tokenizer, trainTokenizer } from "../../../src/prepare/index.ts";

/** Corpora with the given numbers of sums for training, validation and test. */
export function sumsCorpus(
  train: number,
  validation: number,
  test: number,
  tokenizer: Tokenizer = createTokenizer(new Uint16Array(0), 256),
) {
  const [first, second, third] = [text(train, 1), text(validation, 2), text(test, 3)].map((bytes) =>
    Uint16Array.from(tokenizer.encode(bytes)),
  );
  return { manifest: { hash: "sums" }, tokenizer, train: first, validation: second, test: third };
}

/** A tokenizer with a larger vocabulary, trained on such a text. */
export const sumsTokenizer = (vocabSize: number): Promise<Tokenizer> =>
  trainTokenizer(text(2000, 1), vocabSize);

function text(count: number, seed: number): Uint8Array {
  let state = seed;
  const number = () => (state = (state * 1103515245 + 12345) % 2147483648) % 50;
  const lines = Array.from({ length: count }, () => {
    const [a, b] = [number(), number()];
    return `${a} plus ${b} is ${a + b}.\n`;
  });
  return new TextEncoder().encode(lines.join(""));
}
