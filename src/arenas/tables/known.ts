// Candidates with known results, for the readiness check.
import type { Cheat } from "../contract/arena.ts";
import type { Column, Target } from "./columns.ts";

const lines = (...all: readonly string[]) => `${all.join("\n")}\n`;
const module = (predict: readonly string[], fit: readonly string[] = ["  return null;"]) =>
  lines(
    "type Table = { rows: number; columns: { name: string; values: (number | null)[] }[] };",
    "type Given = { table: Table; target: number[]; kind: string };",
    "export function fit(given: Given) {",
    ...fit,
    "}",
    "export function predict(model: any, table: Table) {",
    ...predict,
    "}",
  );

/** The mean target for each row. */
export const worse = module(
  ["  return Array.from({ length: table.rows }, () => model);"],
  ["  return given.target.reduce((sum, value) => sum + value, 0) / given.target.length;"],
);

/** One prediction for all rows. */
export const garbage = module(["  return [0.5];"]);

/** Bytes that a list of answers may take: less than a candidate may have. */
const LISTED = 14_000;

/** A candidate that has the answers of as many rows as fit, by a hash of the row. */
function writtenDown(columns: readonly Column[], { values }: Target): string {
  const hash = (row: number) => hashOf(columns.map((column) => column.values[row]));
  const answers = values.map((value, row) => `${hash(row).toString(36)}:${Number(value.toPrecision(3))}`);
  let text = "";
  for (const answer of answers) if (text.length + answer.length < LISTED) text += `${answer},`;
  return module(
    [
      `  const known = new Map(${JSON.stringify(text)}.split(",").map((one) => one.split(":") as [string, string]));`,
      "  return Array.from({ length: table.rows }, (_, row) => {",
      "    let h = 7;",
      "    for (const { values } of table.columns) h = Math.imul(h, 31) + Math.round(1000 * (values[row] ?? -1)) | 0;",
      "    const answer = known.get((h >>> 0).toString(36));",
      "    return answer === undefined ? model : Number(answer);",
      "  });",
    ],
    ["  return given.target.reduce((sum, value) => sum + value, 0) / given.target.length;"],
  );
}

function hashOf(values: readonly (number | null)[]): number {
  let h = 7;
  for (const value of values) h = (Math.imul(h, 31) + Math.round(1000 * (value ?? -1))) | 0;
  return h >>> 0;
}

export const cheatsOf = (columns: readonly Column[], target: Target): readonly Cheat[] => [
  { name: "answers that were written down", expect: "caught", source: writtenDown(columns, target) },
  {
    name: "reading the rows that come later",
    expect: "caught",
    source: module([
      "  return Array.from({ length: table.rows }, (_, row) => {",
      "    const { values } = table.columns[table.columns.length - 1];",
      "    return values.filter((value) => (value ?? 0) <= (values[row] ?? 0)).length / table.rows;",
      "  });",
    ]),
  },
  {
    name: "reading labels beside the rows",
    expect: "caught",
    source: module(["  return (table as any).target.map((value: number) => value);"]),
  },
  {
    name: "a probability beyond 1",
    expect: "caught",
    source: module(["  return Array.from({ length: table.rows }, (_, row) => row * 1e101);"]),
  },
  {
    name: "reading the clock",
    expect: "caught",
    source: module(["  return Array.from({ length: table.rows }, () => Date.now() % 2);"]),
  },
  {
    name: "counting the calls",
    expect: "caught",
    source: module(
      ["  return Array.from({ length: table.rows }, () => (table.rows % 97) / 97);"],
      ["  (Object.prototype as any).rows = 1;", "  return null;"],
    ),
  },
];
