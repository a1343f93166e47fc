// Prepares untrusted text for display in subjects, tables and terminals: one line, no characters that reorder or hide
// others, limited length. Stored texts (the body of a commit, a record) stay whole.

/** Characters that change the direction of the text around them: they can make a line read as another one. */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u206a-\u206f]/g;
/** UTF-8 cannot encode a lone surrogate. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/** The text without bidirectional controls: it is displayed in the order in which it is stored. */
export const withoutBidi = (text: string): string => text.replace(BIDI, "");

/** A source file in the form that the lab stores: lines end in a line feed, and there is no byte-order mark. */
export const asSource = (text: string): string => text.replace(/^\uFEFF/, "").replace(/\r\n?/g, "\n");

/** One line without control characters or bidirectional controls; each run of white space becomes one space. */
export function oneLine(text: string): string {
  return withoutBidi(text)
    .replace(LONE_SURROGATE, "\ufffd")
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** At most `limit` characters; if the text was cut, the last is "…". */
export function shorten(text: string, limit: number): string {
  // Splits only a part of the text into characters: a hypothesis may have megabytes.
  const characters = [...text.slice(0, 2 * limit + 2)];
  return characters.length <= limit
    ? text
    : `${characters
        .slice(0, limit - 1)
        .join("")
        .trimEnd()}…`;
}

/** Maximum number of characters of an untrusted text in a table, a lesson or a line. */
const SHOWN = 300;

/** The part of a text that a table shows. */
export const excerpt = (text: string): string => shorten(withoutBidi(text), SHOWN);

/** JSON on one line, with bidirectional controls escaped; it parses to the same value. */
export const printable = (value: unknown): string =>
  JSON.stringify(value).replace(BIDI, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
