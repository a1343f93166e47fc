// Names that the human gives to studies. The tag stays the study's name in git, because commits and records hold it; a
// title is for the page alone, and is kept in a journal of its own.
import { LabError } from "../../error.ts";
import type { Json } from "../../repo/index.ts";

export type Titles = Readonly<Record<string, string>>;

/** Name of the journal. */
export const TITLES = "titles";

const LONGEST = 60;

/** The titles in a journal; a journal of another form has none. */
export function parseTitles(journal: Json | undefined): Titles {
  if (typeof journal !== "object" || journal === null || Array.isArray(journal)) return {};
  const named = Object.entries(journal).filter(([, title]) => typeof title === "string");
  return Object.fromEntries(named) as Titles;
}

/** Titles with another one for `tag`; an empty one removes it. LabError "value" for a text of several lines, or a long one. */
export function withTitle(titles: Titles, tag: string, title: string): Titles {
  const others = Object.entries(titles).filter(([one]) => one !== tag);
  const name = title.trim();
  if (/[\r\n]/.test(name) || name.length > LONGEST)
    throw new LabError("value", {
      what: "the name of a study",
      got: `${name.length} letters`,
      expected: `one line of at most ${LONGEST}`,
    });
  return Object.fromEntries(name === "" ? others : [...others, [tag, name]]);
}
