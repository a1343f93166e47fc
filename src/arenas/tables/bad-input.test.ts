// What a table may not be: each ends in one line that says where.
import { describe, expect, it } from "vitest";
import { uniform } from "../../random.ts";
import { tooLarge } from "../contract/file-arena.ts";
import { tables } from "./index.ts";

const open = (bytes: string | Uint8Array, options: Record<string, string> = { target: "y" }) =>
  tables.open(
    { name: "t.csv", bytes: typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes },
    options,
  );
const rows = (header: string, line: (i: number) => string, count = 200) =>
  `${header}\n${Array.from({ length: count }, (_, i) => line(i)).join("\n")}\n`;
const draw = (i: number, what: string) => uniform("bad input", what, i)();
const noisy = (i: number) => Math.floor(1000 * draw(i, "x"));
const label = (i: number) => (draw(i, "y") < 0.4 ? 1 : 0);
const good = (i: number) => `${noisy(i)},${label(i)}`;
const reason = (text: string | Uint8Array, options?: Record<string, string>): Promise<string> =>
  open(text, options).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

describe("a file", () => {
  it.each([
    [
      "with a ragged row",
      rows("x,y", (i) => (i === 16 ? "1,2,3" : good(i))),
      "t.csv: row 17 below the header, got 3 fields, expected 2",
    ],
    ["with an open quote", rows("x,y", (i) => (i === 5 ? '"1,0' : good(i))), /^t\.csv: row \d+: /],
    ["without rows", "x,y\n", "t.csv, got no rows"],
    ["that is empty", "", "t.csv: the header, got 0 columns"],
    [
      "with one column",
      rows("y", (i) => `${label(i)}`),
      "the header, got 1 columns, expected a target and at least one other",
    ],
    ["with a name twice", rows("x,x,y", (i) => `1,2,${i % 2}`), 't.csv: the header, got "x" twice'],
    [
      "with a column without a name",
      rows("x,,y", (i) => `1,2,${i % 2}`),
      "the header, got no name for column 2",
    ],
    ["of other bytes", Uint8Array.of(0x50, 0xff, 0xfe, 0), "t.csv, got bytes that are no UTF-8"],
    ["that is a broken Parquet", "PAR1 nothing here PAR1", "t.csv: cannot be read as Parquet, got "],
    [
      "with too many cells",
      rows(Array.from({ length: 300 }, (_, i) => `c${i}`).join(), () => "1,".repeat(299) + "1", 10_001),
      "expected at most 3,000,000 cells (take a sample",
    ],
    ["with few rows", rows("x,y", good, 40), "t.csv: rows of validation, got 8, expected at least 20"],
  ])("%s is refused in one line", async (_name, text, line) => {
    const said = await reason(text);
    expect(said).toMatch(line);
    expect(said).not.toContain("\n");
    expect(said.length).toBeLessThan(300);
  });

  it("of gigabytes is refused by its size", () => {
    expect(tooLarge("big.csv", 3 * 2 ** 30, tables.bytes).message).toBe(
      "big.csv, got 3072 MB, expected at most 64 MB (take a sample of its rows)",
    );
  });
});

describe("a target", () => {
  it.each([
    [
      "that is not there",
      rows("x,y", good),
      { target: "price" },
      '--target: t.csv has no column, got "price", expected x, y',
    ],
    ["that is not named", rows("x,y", good), {}, "--target, got nothing"],
    [
      "with a gap",
      rows("x,y", (i) => (i === 6 ? "1,NA" : good(i))),
      { target: "y" },
      "no value in row 7 below the header (1 such rows)",
    ],
    [
      "of one class",
      rows("x,y", (i) => `${i},1`),
      { target: "y" },
      't.csv: target y, got one class only ("1")',
    ],
    [
      "of three texts",
      rows("x,y", (i) => `${i},${"abc"[i % 3]}`),
      { target: "y" },
      "target y, got 3 different texts, expected two classes",
    ],
    [
      "of one class in the test",
      rows("x,z,y", (i) => `${i},${noisy(i)},${i < 100 ? label(i) : 0}`),
      { target: "y", split: "time:x" },
      "",
    ],
    [
      "with a metric of numbers",
      rows("x,y", good),
      { target: "y", metric: "rmse" },
      "--metric RMSE, got target y of two classes",
    ],
    [
      "with a metric that is none",
      rows("x,y", good),
      { target: "y", metric: "f1" },
      "--metric, got f1, expected auc, logloss",
    ],
    [
      "with a split that is none",
      rows("x,y", good),
      { target: "y", split: "random" },
      "--split, got random, expected hash, group:COLUMN",
    ],
    [
      "ordered by a column of text",
      rows("x,t,y", (i) => `${noisy(i)},w${i % 3},${label(i)}`),
      { target: "y", split: "time:t" },
      "--split time:t, got text",
    ],
    [
      "ordered by a time with a gap",
      rows("x,t,y", (i) => `${noisy(i)},${i === 3 ? "" : i},${label(i)}`),
      { target: "y", split: "time:t" },
      "--split time:t, got no value in row 4",
    ],
  ])("%s is refused in one line", async (_name, text, options, line) => {
    const found = tables.open(
      { name: "t.csv", bytes: new TextEncoder().encode(text) },
      options as Record<string, string>,
    );
    const said = await found
      .then((arena) =>
        Promise.all(["validation", "test"].map((split) => arena.instances(split as "test", 1))),
      )
      .then(
        () => "",
        (error: unknown) => (error as Error).message,
      );
    if (line === "")
      expect(said).toBe('t.csv: rows of validation, got only the class "0", expected both classes');
    else expect(said).toContain(line);
    expect(said).not.toContain("\n");
  });
});

describe("a column", () => {
  it("that gives the target away is found, in any form", async () => {
    const leaks: readonly [string, (i: number, y: number) => string][] = [
      ["the target itself", (_, y) => `${3 - 2 * y}`],
      ["an id that grows", (i, y) => `${10_000 * y + i}`],
      ["a name for it", (i, y) => (y === 1 ? "won" : ["lost", "open"][i % 2])],
      ["a value that is missing", (i, y) => (y === 1 ? "" : `${noisy(i)}`)],
      ["two far ends", (i, y) => `${y === 1 ? (i % 3 === 0 ? -50 : 50) : noisy(i) / 1000}`],
    ];
    for (const [name, leak] of leaks) {
      const text = rows("x,id,y", (i) => `${noisy(i)},${leak(i, label(i))},${label(i)}`, 400);
      expect(await reason(text), name).toMatch(
        /^column id gives the target away, got an AUC of [01]\.\d+ by itself \(leave it out with --without "id"/,
      );
      expect(await reason(text, { target: "y", without: "id" }), name).toBe("");
      expect(await reason(text, { target: "y", trust: "id" }), name).toBe("");
    }
    const numbers = rows("x,copy,y", (i) => `${noisy(i)},${i * 2.5},${i}`, 400);
    expect(await reason(numbers)).toMatch(
      /^column copy gives the target away, got 9\d\.\d % of the variance/,
    );
    expect(await reason(rows("x,y", good), { target: "y", without: "z" })).toContain("has no column");
  });

  it("of text is left out, with a notice", async () => {
    const arena = await open(rows("x,words,y", (i) => `${noisy(i)},note ${i},${label(i)}`));
    expect(arena.notices).toEqual([
      "column words is text with 200 different values and was left out (at most 100 are categories)",
    ]);
    expect(JSON.stringify(arena.taskOf((await arena.instances("validation", 1))[0]))).not.toContain("words");
    expect(await reason(rows("words,y", (i) => `note ${i},${i % 2}`))).toContain(
      "columns to learn from, got none",
    );
  });

  it.each([
    [
      "three forms",
      ["2024-01-31", "31.01.2024", "01/31/2024"],
      "column d: dates, got 2024-12-31 in row 1, 31.12.2024 in row 2, 12/31/2024 in row 3, expected one form",
    ],
    ["a word among them", ["2024-01-31", "2024-02-01", "soon"], 'got 2024-12-31 in row 1, "soon" in row 3'],
    [
      "no day of the calendar",
      ["2024-01-31", "2024-02-31", "2024-03-01"],
      'column d: dates, got "2024-02-31" in row 2',
    ],
    [
      "days that could be months",
      ["01/02/2024", "03/04/2024", "05/06/2024"],
      "days and months cannot be told apart",
    ],
    ["two orders", ["01/31/2024", "31/01/2024", "02/01/2024"], "got 12/31/2024 and 31/12/2024"],
  ])("of dates with %s is refused", async (_name, dates, line) => {
    const said = await reason(rows("d,x,y", (i) => `${dates[i % 3]},${good(i)}`));
    expect(said).toContain(line);
    expect(said).not.toContain("\n");
  });

  it.each([
    ["2024-03-01", "2024-03-02T12:00:00"],
    ["1.3.2024", "02.03.2024"],
    ["03/01/2024", "12/31/2024"],
    ["01/03/2024", "31/12/2024"],
  ])("of dates such as %s is read as days", async (first, second) => {
    const arena = await open(rows("d,x,y", (i) => `${i % 2 === 0 ? first : second},${good(i)}`));
    const task = JSON.stringify(arena.taskOf((await arena.instances("validation", 1))[0]));
    expect(task).toContain('"kind":"date"');
    expect(task).toContain("19783"); // days from 1970 to 1 March 2024
  });
});
