// Words of strangers where people read them: one line, no characters that reorder or hide the rest, not too long. What
// is stored whole (a commit's body, a record) stays whole; this is for subjects, tables and what is printed.

/** Marks that change the direction of the text around them: with one of them a line reads as another one. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f]/g;
/** UTF-8 has no way to write one. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The text in the order it is stored in. */
export const withoutBidi = (text: string): string => text.replace(BIDI, "");

/** A source file as the lab keeps it: lines that end in a line feed, and no byte-order mark. */
export const asSource = (text: string): string => text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");

/** One line without control characters or bidirectional controls, runs of white space made one space. */
export function oneLine(text: string): string {
  return withoutBidi(text)
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** At most `limit` characters, the last of them "…" where something was cut. */
export function shorten(text: string, limit: number): string {
  // No more than needed is taken apart: a hypothesis may be megabytes.
  const characters = [...text.slice(0, 2 * limit + 2)];
  return characters.length <= limit
    ? text
    : `${characters
        .slice(0, limit - 1)
        .join("")
        .trimEnd()}…`;
}

/** Characters of a stranger's words in a table, a lesson or a line. */
const SHOWN = 300;

/** What a table shows of a text. */
export const excerpt = (text: string): string => shorten(withoutBidi(text), SHOWN);

/** JSON on one line in which nothing reorders what a terminal shows; it parses to the same value. */
export const printable = (value: unknown): string =>
  JSON.stringify(value).replace(BIDI, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
