// The index of a study's held-out texts, to compare sources with: a worker makes it once from the tokens of all splits.
import { createTokenizer, fold, type Tokenizer } from "../../prepare/index.ts";
import { Grams } from "./grams.ts";
import { added, flipped, Shifts } from "./shifts.ts";

/** The splits that no train.ts may carry, by their names in a reason. */
export const HELD_OUT = ["validation", "hidden test", "control"] as const;
export type HeldOutName = (typeof HELD_OUT)[number];

export interface Texts {
  /** The training text, which a train.ts may contain. */
  readonly train: Uint16Array;
  /** In the order of HELD_OUT; a study without a control text has two. */
  readonly heldOut: readonly Uint16Array[];
  readonly merges: Uint16Array;
  readonly vocabSize: number;
}

export interface HeldOut {
  readonly grams: Grams;
  readonly tokenizer: Tokenizer;
  /** Shifts of bytes: one number added to each, the same bits flipped in each. */
  readonly byteShifts: readonly Shifts[];
  readonly tokenShifts: Shifts;
}

/** Number of training tokens decoded at a time. */
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
