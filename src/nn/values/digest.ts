// A digest of 64 bits of words, numbers and texts, in two lanes (MurmurHash3's two mixing functions). It tells honest
// data apart; it is no signature.

/** Both lanes, as signed words. */
export type Lanes = readonly [number, number];

const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));

function finish(x: number): number {
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return x ^ (x >>> 16);
}

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

export class Digest {
  #a = 0x2545f491;
  #b = 0x5bd1e995;

  word(x: number): this {
    const a = this.#a ^ Math.imul(rotate(Math.imul(x, 0xcc9e2d51), 15), 0x1b873593);
    const b = this.#b ^ Math.imul(rotate(Math.imul(x, 0x239b961b), 16), 0xab0e9789);
    this.#a = (Math.imul(rotate(a, 13), 5) + 0xe6546b64) | 0;
    this.#b = (Math.imul(rotate(b, 17), 9) + 0x561ccd1b) | 0;
    return this;
  }

  /** All bits of a number: 0 and -0 differ. */
  number(x: number): this {
    float[0] = x;
    return this.word(words[0]).word(words[1]);
  }

  text(text: string): this {
    this.word(text.length);
    for (let i = 0; i < text.length; i++) this.word(text.charCodeAt(i));
    return this;
  }

  /** The bits of an array's elements. */
  array({ buffer, byteOffset, length }: Float32Array | Uint32Array): this {
    const bits = new Int32Array(buffer, byteOffset, length);
    this.word(length);
    for (let i = 0; i < length; i++) this.word(bits[i]);
    return this;
  }

  lanes([a, b]: Lanes): this {
    return this.word(a).word(b);
  }

  end(): Lanes {
    return [finish(this.#a), finish(this.#b)];
  }
}

/** Sixteen hexadecimal digits. */
export const hex = (lanes: Lanes): string =>
  lanes.map((lane) => (lane >>> 0).toString(16).padStart(8, "0")).join("");
