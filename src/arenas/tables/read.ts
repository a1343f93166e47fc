// Reads a CSV or Parquet file into columns of text, numbers and gaps. Every error is one line that names the row.
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import Papa from "papaparse";
import { LabError, messageOf } from "../../error.ts";
import { tooLarge, type UserFile } from "../contract/file-arena.ts";

/** A value as the file has it; null: none. Dates of Parquet are ISO texts. */
export type Cell = string | number | null;

export interface RawTable {
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly cells: readonly Cell[] }[];
}

/** The most bytes of a file, and the most cells: the candidate's realm holds all of them at once. */
export const MAX_BYTES = 64 * 2 ** 20;
const MAX_CELLS = 3_000_000;

/** Texts that stand for no value. */
const GAP = /^(?:|\?|-|na|n\/a|nan|null|none)$/i;

/** Throws LabError "arena" in one line for a file that is no table. */
export async function readTable({ name, bytes }: UserFile): Promise<RawTable> {
  if (bytes.length > MAX_BYTES) throw tooLarge(name, bytes.length, MAX_BYTES);
  const table = isParquet(bytes) ? await parquetTable(name, bytes) : csvTable(name, textOf(name, bytes));
  if (table.rows === 0) throw new LabError("arena", { what: name, got: "no rows" });
  return table;
}

/** Throws LabError "arena" in one line for a text that is no table. */
export function csvTable(name: string, text: string): RawTable {
  const { data, errors } = Papa.parse<string[]>(text, { skipEmptyLines: "greedy" });
  const broken = errors.find(({ code }) => code !== "UndetectableDelimiter");
  if (broken !== undefined)
    throw new LabError("arena", `${name}: row ${(broken.row ?? 0) + 1}: ${broken.message}`);
  const [header, ...rows] = data;
  const names = headerOf(name, header?.map((one) => one.trim()) ?? []);
  checkCells(name, rows.length, names.length);
  rows.forEach((row, i) => {
    if (row.length !== names.length)
      throw new LabError("arena", {
        what: `${name}: row ${i + 1} below the header`,
        got: `${row.length} fields`,
        expected: `${names.length}`,
      });
  });
  const cellsOf = (column: number) =>
    rows.map((row) => {
      const text = row[column].trim();
      return GAP.test(text) ? null : text;
    });
  return { name, rows: rows.length, columns: names.map((one, i) => ({ name: one, cells: cellsOf(i) })) };
}

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new LabError("arena", { what: name, got: "bytes that are no UTF-8", expected: "CSV or Parquet" });
  }
}

function headerOf(name: string, names: readonly string[]): readonly string[] {
  const twice = names.find((one, i) => names.indexOf(one) !== i);
  const fail = (got: string, expected: string): never => {
    throw new LabError("arena", { what: `${name}: the header`, got, expected });
  };
  if (names.includes("")) fail(`no name for column ${names.indexOf("") + 1}`, "a name for each column");
  if (twice !== undefined) fail(`"${twice}" twice`, "each name once");
  if (names.length < 2) fail(`${names.length} columns`, "a target and at least one other column");
  return names;
}

const isParquet = (bytes: Uint8Array): boolean =>
  bytes.length > 8 && [0, bytes.length - 4].every((at) => text(bytes.subarray(at, at + 4)) === "PAR1");
const text = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

async function parquetTable(name: string, bytes: Uint8Array): Promise<RawTable> {
  // A copy: hyparquet wants a buffer that begins where the file begins.
  const file = bytes.slice().buffer;
  try {
    const metadata = await parquetMetadataAsync(file);
    const names = headerOf(
      name,
      metadata.schema.filter(({ num_children: inner }) => !inner).map((element) => element.name),
    );
    checkCells(name, Number(metadata.num_rows), names.length);
    const rows = await parquetReadObjects({ file, metadata });
    const columns = names.map((one) => ({
      name: one,
      cells: rows.map((row, i) => cellOf(row[one], `${name}: row ${i + 1}: ${one}`)),
    }));
    return { name, rows: rows.length, columns };
  } catch (error) {
    if (error instanceof LabError) throw error;
    throw new LabError("arena", {
      what: `${name}: cannot be read as Parquet`,
      got: messageOf(error),
      cause: error,
    });
  }
}

function cellOf(value: unknown, place: string): Cell {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "boolean") return `${value}`;
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "string") return GAP.test(value.trim()) ? null : value.trim();
  throw new LabError("arena", { what: place, got: "a nested value", expected: "a number or a text" });
}

function checkCells(name: string, rows: number, columns: number): void {
  if (rows * columns > MAX_CELLS)
    throw new LabError("arena", {
      what: name,
      got: `${rows.toLocaleString("en")} rows of ${columns} columns`,
      expected: `at most ${MAX_CELLS.toLocaleString("en")} cells`,
      hint: "take a sample of its rows",
    });
}
