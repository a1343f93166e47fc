// A text of sums, which a tiny model can learn something about; a byte is a token.
import { createTokenizer } from "../../../src/prepare/index.ts";

/** So many sums to train on and for either score. */
export function sumsCorpus(train: number, validation: number, test: number) {
  return {
    manifest: { hash: "sums" },
    tokenizer: createTokenizer(new Uint16Array(0), 256),
    train: text(train, 1),
    validation: text(validation, 2),
    test: text(test, 3),
  };
}

function text(count: number, seed: number): Uint16Array {
  let state = seed;
  const number = () => (state = (state * 1103515245 + 12345) % 2147483648) % 50;
  const lines = Array.from({ length: count }, () => {
    const [a, b] = [number(), number()];
    return `${a} plus ${b} is ${a + b}.\n`;
  });
  return Uint16Array.from(new TextEncoder().encode(lines.join("")));
}
