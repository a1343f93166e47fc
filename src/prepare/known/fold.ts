// Reduces a text to its letters and digits in lower case, for comparison: a copy can change spaces, line breaks,
// punctuation and case without losing content.

/** A folded text; byte i comes from position `from[i]` of the original. */
export interface Folded {
  readonly letters: Uint8Array;
  readonly from: Uint32Array;
}

/** Letters and digits of UTF-8 text in lower case; bytes outside of ASCII are kept as they are. */
export function fold(text: Uint8Array): Folded {
  const letters = new Uint8Array(text.length);
  const from = new Uint32Array(text.length);
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = FOLDED[text[i]];
    if (letter === 0) continue;
    letters[count] = letter;
    from[count++] = i;
  }
  return { letters: letters.subarray(0, count), from: from.subarray(0, count) };
}

/** The folded form of each byte; 0 for bytes that are dropped. */
const FOLDED = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x41 && byte <= 0x5a) return byte + 32;
  const kept = (byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x7a) || byte >= 0x80;
  return kept ? byte : 0;
});
