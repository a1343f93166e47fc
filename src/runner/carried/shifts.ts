// Finds the constant by which a sequence was moved away from a text. The differences of neighbours do not change when
// the same number is added to every element (nor their exclusive or, when the same bits are flipped): places are hashed
// by them.

/** A kind of move: its invariant of two numbers, and its inverse. */
export interface Move {
  readonly difference: (a: number, b: number) => number;
  /** Undoes a move by `constant`. */
  readonly undo: (value: number, constant: number) => number;
}

/** The same number added to each, modulo 2^bits. */
export const added = (bits: number): Move => {
  const mask = 2 ** bits - 1;
  return { difference: (a, b) => (b - a) & mask, undo: (value, constant) => (value - constant) & mask };
};
export const flipped: Move = { difference: (a, b) => a ^ b, undo: (value, constant) => value ^ constant };

/** Largest number of places compared for one anchor. */
const PLACES = 8;
/** Largest number of constants to try. */
const MAX = 3;

type Sequence = Uint8Array | Uint16Array;

export class Shifts {
  readonly #text: Sequence;
  readonly #move: Move;
  readonly #length: number;
  /** A hash table with open addressing: places in the text plus one; 0: empty. */
  readonly #places: Uint32Array;

  /** Anchors of `length` elements begin at every `stride`-th place of the text. */
  constructor(text: Sequence, move: Move, length: number, stride: number) {
    this.#text = text;
    this.#move = move;
    this.#length = length;
    const anchors = Math.ceil(text.length / stride);
    this.#places = new Uint32Array(2 ** Math.ceil(Math.log2(2 * anchors + 2)));
    for (let at = 0; at + length <= text.length; at += stride) {
      if (!varied(text, at, length)) continue;
      let slot = this.#hash(text, at);
      let left = PLACES;
      while (this.#places[slot] !== 0 && left-- > 0) slot = (slot + 1) & (this.#places.length - 1);
      if (this.#places[slot] === 0) this.#places[slot] = at + 1;
    }
  }

  /** The constants other than 0 that most anchors of the sequence agree on, best first. */
  constants(sequence: Sequence): number[] {
    const votes = new Map<number, number>();
    for (let at = 0; at + this.#length <= sequence.length; at++) {
      let slot = this.#hash(sequence, at);
      for (let i = 0; i < PLACES && this.#places[slot] !== 0; i++) {
        const place = this.#places[slot] - 1;
        if (this.#same(sequence, at, place)) {
          const constant = this.#move.undo(sequence[at], this.#text[place]);
          if (constant !== 0) votes.set(constant, (votes.get(constant) ?? 0) + 1);
          break;
        }
        slot = (slot + 1) & (this.#places.length - 1);
      }
    }
    const ranked = [...votes].sort((a, b) => b[1] - a[1]);
    return ranked.slice(0, MAX).map(([constant]) => constant);
  }

  /** The sequence moved back by a constant. */
  undo<T extends Sequence>(sequence: T, constant: number): T {
    return sequence.map((value) => this.#move.undo(value, constant)) as T;
  }

  #same(sequence: Sequence, at: number, place: number): boolean {
    const { difference } = this.#move;
    for (let i = 1; i < this.#length; i++) {
      const here = difference(sequence[at + i - 1], sequence[at + i]);
      if (here !== difference(this.#text[place + i - 1], this.#text[place + i])) return false;
    }
    return true;
  }

  #hash(sequence: Sequence, at: number): number {
    let hash = 0;
    for (let i = 1; i < this.#length; i++)
      hash = Math.imul(hash ^ this.#move.difference(sequence[at + i - 1], sequence[at + i]), 0x9e3779b1);
    return (hash ^ (hash >>> 15)) & (this.#places.length - 1);
  }
}

/** Whether an anchor has three different elements: one with fewer occurs in too many places to identify one. */
function varied(text: Sequence, at: number, length: number): boolean {
  const first = text[at];
  let second = first;
  for (let i = at + 1; i < at + length; i++) {
    if (text[i] === first || text[i] === second) continue;
    if (second !== first) return true;
    second = text[i];
  }
  return false;
}
