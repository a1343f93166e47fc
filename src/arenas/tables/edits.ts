// The edits of a table's candidate that the built-in researcher may try, besides changes of its numbers.
import type { ArenaEdit } from "../contract/arena.ts";

const STUMP = "const stump = bestStump(bins, columns, gradient, weight);";
/** New constants go before it: a number in an anchor would stop fitting as soon as the researcher moves it. */
const HEADER = "type Value = number | null;";

export const edits: readonly ArenaEdit[] = [
  {
    name: "pairs",
    slot: "interactions",
    change: "pairs of columns are asked together: each pair becomes a column of their bins",
    why: "a stump sees one column, and what two columns say together is lost",
    from: "explainable boosting machines (Lou et al. 2013)",
    steps: [
      [
        "const cuts = table.columns.map(cutsOf);",
        `table = withPairs(table);
  const cuts = table.columns.map(cutsOf);`,
      ],
      [
        "const bins = binsOf(table, cuts);\n  return",
        "const bins = binsOf(withPairs(table), cuts);\n  return",
      ],
      [
        "function cutsOf(",
        `/** The table with products and differences of its first columns of numbers. */
function withPairs({ rows, columns }: Table): Table {
  const numbers = columns.filter(({ kind }) => kind === "number").slice(0, 12);
  const more: Column[] = [];
  numbers.forEach((a, i) =>
    numbers.slice(0, i).forEach((b) => {
      const both = (f: (x: number, y: number) => number) =>
        a.values.map((x, row) => {
          const y = b.values[row];
          return x === null || y === null ? null : f(x, y);
        });
      const name = a.name + " and " + b.name;
      more.push({ name, kind: "number", levels: [], values: both((x, y) => x * y) });
      more.push({ name, kind: "number", levels: [], values: both((x, y) => x - y) });
    }),
  );
  return { rows, columns: [...columns, ...more] };
}

function cutsOf(`,
      ],
    ],
  },
  {
    name: "some-columns",
    slot: "columns",
    change: "each stump chooses among some of the columns, drawn at random",
    why: "a strong column no longer hides the others",
    from: "stochastic gradient boosting and random subspaces (Friedman 2002, Ho 1998)",
    steps: [
      [
        HEADER,
        `const COLUMNS = 0.5; // share of the columns that a stump chooses from (0.1..1)\n\n${HEADER}`,
      ],
      [
        STUMP,
        `const some = columns.filter(() => random() < COLUMNS);
    const stump = bestStump(bins, some.length === 0 ? columns : some, gradient, weight);`,
      ],
    ],
  },
  {
    name: "by-target",
    slot: "categories",
    change: "categories are put in the order of their mean target before they are cut",
    why: "a cut through categories in the order of their frequency separates nothing",
    from: "ordered target statistics (Fisher 1958, CatBoost 2018)",
    steps: [
      [
        "const cuts = table.columns.map(cutsOf);",
        `const orders = table.columns.map((column) => orderOf(column, target, average));
  table = inOrder(table, orders);
  const cuts = table.columns.map(cutsOf);`,
      ],
      ["return { kind, start, cuts, stumps };", "return { kind, start, cuts, stumps, orders };"],
      [
        "cuts: number[][]; stumps: Stump[] };",
        "cuts: number[][]; stumps: Stump[]; orders: (number[] | null)[] };",
      ],
      [
        "export function predict({ kind, start, cuts, stumps }: Model, table: Table): number[] {",
        `export function predict({ kind, start, cuts, stumps, orders }: Model, rows: Table): number[] {
  const table = inOrder(rows, orders);`,
      ],
      [
        "function cutsOf(",
        `/** Mean target of each level, drawn towards the mean of all; null for a column without levels. */
function orderOf({ kind, levels, values }: Column, target: number[], average: number): number[] | null {
  if (kind !== "category") return null;
  const sums = levels.map(() => SHRINK * average);
  const counts = levels.map(() => SHRINK);
  values.forEach((value, i) => {
    if (value === null) return;
    sums[value] += target[i];
    counts[value]++;
  });
  return sums.map((sum, level) => sum / counts[level]);
}

function inOrder({ rows, columns }: Table, orders: (number[] | null)[]): Table {
  const ordered = columns.map((column, c) => {
    const order = orders[c];
    if (order === null) return column;
    return { ...column, values: column.values.map((value) => (value === null ? null : order[value])) };
  });
  return { rows, columns: ordered };
}

function cutsOf(`,
      ],
    ],
  },
  {
    name: "cooling",
    slot: "rate",
    change: "later stumps count less",
    why: "the first stumps find the shape, the last ones mostly noise",
    from: "learning-rate schedules of boosting",
    steps: [
      [HEADER, `const COOLING = 0.7; // how much less the last stump counts (0..1)\n\n${HEADER}`],
      [
        "const bin = bins[stump.column];",
        `const cool = 1 - COOLING * (stumps.length / ROUNDS);
    stump.steps = [cool * stump.steps[0], cool * stump.steps[1]];
    const bin = bins[stump.column];`,
      ],
    ],
  },
];
