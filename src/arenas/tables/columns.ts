// What a column holds: numbers, dates or categories. Text that is different in most rows is left out, with a notice.
import { LabError } from "../../error.ts";
import { datesOf } from "./dates.ts";
import type { Cell, RawTable } from "./read.ts";

/** A column as the candidate gets it. */
export interface Column {
  readonly name: string;
  readonly kind: "number" | "date" | "category";
  /** Numbers, days since 1970, or positions in `levels`; null: no value. */
  readonly values: readonly (number | null)[];
  /** Names of the categories, the most frequent first; empty for numbers and dates. */
  readonly levels: readonly string[];
}

/** The target: 0 and 1, or numbers. */
export interface Target {
  readonly name: string;
  readonly kind: "classes" | "numbers";
  readonly values: readonly number[];
  /** The texts of the two classes; empty for numbers. */
  readonly classes: readonly string[];
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const MAX_LEVELS = 100;

/** The column, or the reason why it is left out. Throws LabError "arena" for dates that cannot be read. */
export function columnOf({ name, cells }: RawTable["columns"][number]): Column | string {
  const there = cells.filter((cell) => cell !== null);
  if (there.length === 0) return `column ${name} is empty and was left out`;
  const numbers = numbersOf(cells);
  if (numbers !== null) return { name, kind: "number", values: numbers, levels: [] };
  const texts = cells.map((cell) => (cell === null ? null : `${cell}`));
  const dates = datesOf(name, texts);
  if (dates !== null) return { name, kind: "date", values: dates, levels: [] };
  const counts = new Map<string, number>();
  for (const cell of there) counts.set(`${cell}`, (counts.get(`${cell}`) ?? 0) + 1);
  if (counts.size > MAX_LEVELS)
    return `column ${name} is text with ${counts.size} different values and was left out (at most ${MAX_LEVELS} are categories)`;
  const levels = [...counts.entries()]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([level]) => level);
  const codes = new Map(levels.map((level, code) => [level, code]));
  return {
    name,
    kind: "category",
    values: texts.map((one) => (one === null ? null : (codes.get(one) ?? null))),
    levels,
  };
}

function numbersOf(cells: readonly Cell[]): readonly (number | null)[] | null {
  const fits = (cell: Cell) => cell === null || typeof cell === "number" || NUMBER.test(cell);
  if (!cells.every(fits)) return null;
  const values = cells.map((cell) => (cell === null ? null : Number(cell)));
  return values.every((value) => value === null || Number.isFinite(value)) ? values : null;
}

/** Throws LabError "arena" for a missing column, rows without a value, one class, and more than two texts. */
export function targetOf(table: RawTable, name: string): Target {
  const { cells } = named(table, name, "--target");
  const fail = (got: string, expected: string, hint?: string): never => {
    throw new LabError("arena", { what: `${table.name}: target ${name}`, got, expected, hint });
  };
  const gap = cells.indexOf(null);
  if (gap >= 0) {
    const all = cells.filter((cell) => cell === null).length;
    fail(
      `no value in row ${gap + 1} below the header (${all} such rows)`,
      "a value in each row",
      "remove these rows",
    );
  }
  const numbers = numbersOf(cells)?.map(Number) ?? null;
  const distinct = [...new Set<Cell>(numbers ?? cells)].sort((a, b) =>
    numbers === null ? (`${a}` < `${b}` ? -1 : 1) : Number(a) - Number(b),
  );
  if (distinct.length === 1) fail(`one class only ("${distinct[0]}")`, "two classes, or numbers");
  if (distinct.length === 2) {
    const values = (numbers ?? cells).map((value) => (value === distinct[1] ? 1 : 0));
    return { name, kind: "classes", values, classes: distinct.map((value) => `${value}`) };
  }
  if (numbers === null) return fail(`${distinct.length} different texts`, "two classes, or numbers");
  if (numbers.some((value) => Math.abs(value) > 1e100)) fail("numbers beyond 1e100", "numbers up to 1e100");
  return { name, kind: "numbers", values: numbers, classes: [] };
}

/** A column by its name. Throws LabError "arena" with the names that there are. */
export function named(
  { name: file, columns }: RawTable,
  name: string,
  flag: string,
): RawTable["columns"][number] {
  const found = columns.find((column) => column.name === name);
  if (found !== undefined) return found;
  const names = columns.map((column) => column.name).join(", ");
  throw new LabError("arena", {
    what: `${flag}: ${file} has no column`,
    got: `"${name}"`,
    expected: names.length > 200 ? `${names.slice(0, 200)}…` : names,
  });
}
