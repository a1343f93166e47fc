// Cuts bytes into the pieces within which BPE may merge, similar to the GPT patterns. It works on bytes, without the
// Unicode tables of regular expressions, so it is lossless on any bytes and the same in every JavaScript engine.

/** Maximum length of a piece, in bytes, so that a run of a million equal signs costs no more than other text. */
export const MAX_PIECE = 64;

const SPACE = 0x20;
// Class 0 is all other bytes: punctuation and control bytes.
const LETTER = 1; // A-Z a-z _ $ and every byte of a multi-byte UTF-8 sequence
const DIGIT = 2;
const BLANK = 3; // space and tab
const BREAK = 4; // line feed and carriage return

const CLASS = new Uint8Array(256);
for (let b = 0; b < 256; b++) {
  const letter = (b >= 65 && b <= 90) || (b >= 97 && b <= 122) || b === 0x5f || b === 0x24 || b >= 0x80;
  if (letter) CLASS[b] = LETTER;
  else if (b >= 48 && b <= 57) CLASS[b] = DIGIT;
  else if (b === SPACE || b === 9) CLASS[b] = BLANK;
  else if (b === 10 || b === 13) CLASS[b] = BREAK;
}

/**
 * The end of the piece that begins at `start`; `end` > `start` is the end of the text. The pieces are, in this order:
 *
 * - blanks and the line breaks after them (`"  \n\n"`);
 * - a run of blanks, without its last space if a visible byte follows (indentation);
 * - one optional space and a run of letters, or of up to three digits, or of other visible bytes.
 *
 * A piece depends only on the MAX_PIECE bytes from its start on.
 */
export function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + MAX_PIECE);
  let i = start;
  while (i < limit && CLASS[bytes[i]] === BLANK) i++;
  if (i < limit && CLASS[bytes[i]] === BREAK) {
    while (i < limit && CLASS[bytes[i]] === BREAK) i++;
    return i;
  }
  const blanks = i - start;
  if (blanks > 0) {
    if (i === limit) return i; // only blanks up to the limit or the end of the text
    const joins = bytes[i - 1] === SPACE;
    if (blanks > 1 || !joins) return joins ? i - 1 : i;
  }
  const kind = CLASS[bytes[i]];
  const runLimit = kind === DIGIT ? Math.min(limit, i + 3) : limit;
  i++;
  while (i < runLimit && CLASS[bytes[i]] === kind) i++;
  return i;
}
