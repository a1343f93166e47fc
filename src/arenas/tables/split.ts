// Which rows train, validate and test: by a hash of the row, by a group that stays together, or by time.
import { LabError } from "../../error.ts";
import { uniform } from "../../random.ts";
import { MAX_SCORES } from "../contract/manifest.ts";
import { columnOf, named } from "./columns.ts";
import type { Split } from "./options.ts";
import type { RawTable } from "./read.ts";

/** Rows of each part, in the order in which the candidate gets them. */
export interface Parts {
  readonly train: readonly number[];
  readonly validation: readonly number[];
  readonly test: readonly number[];
}

/** Shares of the rows: the rest is the test. */
const TRAIN = 0.6;
const VALIDATION = 0.2;

/** How rows are dealt out, for any seed. Throws LabError "arena" for a column that cannot order or group them. */
export function splitter(
  table: RawTable,
  split: Split,
  features: readonly string[],
): (seed: number) => Parts {
  if (split.by === "time") {
    const parts = byTime(table, split.column);
    return () => parts;
  }
  // Equal rows stay together, or the answers of some would be known from the others.
  const keys = split.by === "group" ? keysOf(table, [split.column]) : keysOf(table, features);
  return (seed) => byKey(keys, seed);
}

function byKey(keys: readonly string[], seed: number): Parts {
  const places = new Map(keys.map((key) => [key, uniform("table", seed, key)()]));
  const place = keys.map((key) => places.get(key) ?? 0);
  const order = keys.map((_, row) => row).sort((a, b) => place[a] - place[b] || a - b);
  return cut(order, (row) => place[row]);
}

function byTime(table: RawTable, column: string): Parts {
  const found = columnOf(named(table, column, "--split"));
  const fail = (got: string): never => {
    throw new LabError("arena", {
      what: `--split time:${column}`,
      got,
      expected: "a number or a date in each row",
    });
  };
  if (typeof found === "string" || found.kind === "category") return fail("text");
  const gap = found.values.indexOf(null);
  if (gap >= 0) fail(`no value in row ${gap + 1} below the header`);
  const times = found.values.map((value) => value ?? 0);
  const order = times.map((_, row) => row).sort((a, b) => times[a] - times[b] || a - b);
  return cut(order, (row) => times[row]);
}

/** Cuts the rows into parts. Rows of one place stay together: a border moves to the next later place. */
function cut(order: readonly number[], placeOf: (row: number) => number): Parts {
  const border = (share: number) => {
    let at = Math.floor(share * order.length);
    while (at > 0 && at < order.length && placeOf(order[at]) === placeOf(order[at - 1])) at++;
    return at;
  };
  const [first, second] = [border(TRAIN), border(TRAIN + VALIDATION)];
  return { train: order.slice(0, first), validation: order.slice(first, second), test: order.slice(second) };
}

/** One text for each row, of its values in these columns. */
function keysOf(table: RawTable, names: readonly string[]): readonly string[] {
  const columns = names.map((name) => named(table, name, "--split").cells);
  return Array.from({ length: table.rows }, (_, row) => JSON.stringify(columns.map((cells) => cells[row])));
}

/**
 * The block of each of these rows. The verdict compares two candidates block by block: a row each where there are few,
 * all rows of a group together, and neighbours in time together.
 */
export function blocksOf(table: RawTable, split: Split, rows: readonly number[]): readonly number[] {
  const most = Math.min(rows.length, MAX_SCORES);
  if (split.by === "time") return rows.map((_, i) => Math.floor((i * most) / rows.length));
  if (split.by === "hash") return rows.map((_, i) => i % most);
  const keys = keysOf(table, [split.column]);
  const seen = new Map<string, number>();
  for (const row of rows) if (!seen.has(keys[row])) seen.set(keys[row], seen.size % most);
  return rows.map((row) => seen.get(keys[row]) ?? 0);
}
