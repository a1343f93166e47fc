// The held-out text of a study, ready to be compared with sources: made once, in a worker, of the tokens of all splits.
import { createTokenizer, fold, type Tokenizer } from "../../prepare/index.ts";
import { Grams } from "./grams.ts";
import { added, flipped, Shifts } from "./shifts.ts";

/** The splits that no train.ts may carry, by the words a reason has for them. */
export const HELD_OUT = ["validation", "hidden test", "control"] as const;
export type HeldOutName = (typeof HELD_OUT)[number];

export interface Texts {
  /** What train.ts may know. */
  readonly train: Uint16Array;
  /** In the order of HELD_OUT; a study without a control text has two. */
  readonly heldOut: readonly Uint16Array[];
  readonly merges: Uint16Array;
  readonly vocabSize: number;
}

export interface HeldOut {
  readonly grams: Grams;
  readonly tokenizer: Tokenizer;
  /** Of bytes: a number added to each, bits flipped in each. */
  readonly byteShifts: readonly Shifts[];
  readonly tokenShifts: Shifts;
}

/** Tokens of the training text decoded at once. */
const PIECE = 1 << 18;

export function indexOf({ train, heldOut, merges, vocabSize }: Texts): HeldOut {
  const tokenizer = createTokenizer(merges, vocabSize);
  const tokens = joined(heldOut, Uint16Array);
  const texts = heldOut.map((split) => tokenizer.decode(split));
  const grams = new Grams(texts.map((text) => fold(text).letters));
  for (let at = 0; at < train.length; at += PIECE)
    grams.learn(fold(tokenizer.decode(train.subarray(at, at + PIECE))).letters);
  const bytes = joined(texts, Uint8Array);
  return {
    grams,
    tokenizer,
    byteShifts: [added(8), flipped].map((move) => new Shifts(bytes, move, 12, 4)),
    tokenShifts: new Shifts(tokens, added(16), 5, 1),
  };
}

function joined<T extends Uint8Array | Uint16Array>(parts: readonly T[], make: new (length: number) => T): T {
  const all = new make(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
