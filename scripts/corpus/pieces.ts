// Splits a long file at its top-level lines, so that each part of a bundle is judged separately: a copied library in it
// is dropped, the rest stays.

/** Files up to this many characters stay whole; the pieces of longer ones are about half as long. */
const WHOLE = 24_000;
const PIECE = 10_000;

/** The pieces of a text in order. Every piece but the first begins at a line without indentation. */
export function cutPieces(text: string): string[] {
  if (text.length <= WHOLE) return [text];
  const pieces: string[] = [];
  let start = 0;
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf("\n", at) + 1 || text.length;
    const topLevel = /^[A-Za-z/#@]/.test(text.slice(next, next + 1));
    // A module wrapped in one function has no top-level line for long: split it anywhere at four times the length.
    if ((next - start >= PIECE && topLevel && text.length - next >= PIECE / 2) || next - start >= PIECE * 4) {
      pieces.push(text.slice(start, next));
      start = next;
    }
    at = next;
  }
  if (start < text.length) pieces.push(text.slice(start));
  return pieces;
}
