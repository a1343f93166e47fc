// Hashes of every stretch of a text, each computed from the previous one in constant time (Rabin and Karp).

/** Odd multipliers: the hash of letters c_1 … c_n is Σ c_i B^(n-i) in 32 bits. */
const [BASE_A, BASE_B] = [0x9e3779b1, 0x85ebca77];

/** Calls `visit` with two independent 32-bit hashes of each stretch of `length` letters, and with its position. */
export function eachStretch(
  letters: Uint8Array,
  length: number,
  visit: (a: number, b: number, at: number) => void,
): void {
  let [goneA, goneB] = [1, 1];
  for (let i = 0; i < length; i++) {
    goneA = Math.imul(goneA, BASE_A);
    goneB = Math.imul(goneB, BASE_B);
  }
  let [a, b] = [0, 0];
  for (let i = 0; i < letters.length; i++) {
    a = Math.imul(a, BASE_A) + letters[i];
    b = Math.imul(b, BASE_B) + letters[i];
    if (i >= length) {
      a -= Math.imul(letters[i - length], goneA);
      b -= Math.imul(letters[i - length], goneB);
    }
    a |= 0;
    b |= 0;
    if (i >= length - 1) visit(scatter(a), scatter(b), i - length + 1);
  }
}

/** Mixes the high bits of a hash into the low ones, which depend on few letters. */
function scatter(hash: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
