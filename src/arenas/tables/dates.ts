// Dates of a column, in one of three forms. A column with two forms, or one whose days and months cannot be told apart,
// is refused: a guess would be wrong for half of its rows.
import { LabError } from "../../error.ts";

interface Form {
  readonly name: string;
  readonly pattern: RegExp;
  /** Order of year, month and day in the match. */
  readonly order: readonly [year: number, month: number, day: number];
}

const TIME = /(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.source;
const FORMS: readonly Form[] = [
  { name: "2024-12-31", pattern: new RegExp(`^(\\d{4})-(\\d{2})-(\\d{2})${TIME}`), order: [1, 2, 3] },
  { name: "31.12.2024", pattern: new RegExp(`^(\\d{1,2})\\.(\\d{1,2})\\.(\\d{4})${TIME}`), order: [3, 2, 1] },
  { name: "12/31/2024", pattern: new RegExp(`^(\\d{1,2})/(\\d{1,2})/(\\d{4})${TIME}`), order: [3, 1, 2] },
  { name: "31/12/2024", pattern: new RegExp(`^(\\d{1,2})/(\\d{1,2})/(\\d{4})${TIME}`), order: [3, 2, 1] },
];

/**
 * Days since 1970 of each text, with fractions for times as they are written; null where these are no dates.
 * Throws LabError "arena" that names the column and the row where only some are, or where the forms differ.
 */
export function datesOf(
  column: string,
  texts: readonly (string | null)[],
): readonly (number | null)[] | null {
  const there = texts.filter((one) => one !== null);
  const matching = (one: string) => FORMS.filter(({ pattern }) => pattern.test(one));
  const dates = there.filter((one) => matching(one).length > 0).length;
  // A stray date among words is a word.
  if (there.length === 0 || dates < 0.5 * there.length) return null;
  const seen = new Map<string, number>();
  texts.forEach((one, row) => {
    if (one === null) return;
    const name = matching(one)[0]?.name ?? `"${one.slice(0, 30)}"`;
    if (!seen.has(name)) seen.set(name, row + 1);
  });
  if (seen.size > 1)
    throw new LabError("arena", {
      what: `column ${column}: dates`,
      got: [...seen]
        .slice(0, 3)
        .map(([name, row]) => `${name} in row ${row}`)
        .join(", "),
      expected: "one form, such as 2024-12-31",
    });
  const forms = matching(there[0]).filter((form) => there.every((one) => dayOf(one, form) !== null));
  if (forms.length === 0) {
    const row = texts.findIndex(
      (one) => one !== null && matching(one).every((form) => dayOf(one, form) === null),
    );
    const got = row < 0 ? "12/31/2024 and 31/12/2024" : `"${texts[row] ?? ""}" in row ${row + 1}`;
    const expected = row < 0 ? "one form, such as 2024-12-31" : "days of the calendar";
    throw new LabError("arena", { what: `column ${column}: dates`, got, expected });
  }
  if (forms.length > 1)
    throw new LabError("arena", {
      what: `column ${column}: days and months cannot be told apart`,
      got: there[0],
      expected: "dates such as 2024-12-31",
    });
  return texts.map((one) => (one === null ? null : dayOf(one, forms[0])));
}

function dayOf(one: string, { pattern, order }: Form): number | null {
  const found = pattern.exec(one);
  if (found === null) return null;
  const [year, month, day] = order.map((at) => Number(found[at]));
  const [hours, minutes, seconds] = [4, 5, 6].map((at) => Number(found[at] ?? 0));
  const date = new Date(Date.UTC(year, month - 1, day));
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  return date.getTime() / 86_400_000 + (hours + minutes / 60 + seconds / 3600) / 24;
}
