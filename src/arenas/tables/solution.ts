// Learns from the rows of a table and predicts others: gradient-boosted stumps. Each stump asks one question of one column
// and corrects what the ones before it left.

const ROUNDS = 60; // stumps (10..600 log)
const RATE = 0.1; // how much of each stump counts (0.01..1 log)
const BINS = 16; // places where a column may be cut (4..64)
const SHRINK = 5; // rows' worth of doubt about each side (0.1..100 log)
const SHARE = 0.8; // share of the rows that a stump learns from, drawn anew for each (0.2..1)
const SMALLEST = 20; // rows that a side has at least (1..100 log)

type Value = number | null;
type Column = { name: string; kind: "number" | "date" | "category"; levels: string[]; values: Value[] };
type Table = { rows: number; columns: Column[] };
type Kind = "classes" | "numbers";
/** Rows whose bin in the column is below `cut` get the first step. */
type Stump = { column: number; cut: number; steps: [number, number] };
type Model = { kind: Kind; start: number; cuts: number[][]; stumps: Stump[] };

export function fit(
  { table, target, kind }: { table: Table; target: number[]; kind: Kind },
  random: () => number,
  left: () => number,
): Model {
  const n = table.rows;
  const average = target.reduce((sum, value) => sum + value, 0) / n;
  const start = kind === "classes" ? Math.log((average + 1e-3) / (1 - average + 1e-3)) : average;
  const cuts = table.columns.map(cutsOf);
  const bins = binsOf(table, cuts);
  const columns = bins.map((_, c) => c);
  const level = new Float64Array(n).fill(start);
  const stumps: Stump[] = [];
  const gradient = new Float64Array(n);
  const weight = new Float64Array(n);
  let dearest = 0;
  while (stumps.length < ROUNDS && left() > 2 * dearest + 100_000) {
    const before = left();
    for (let i = 0; i < n; i++) {
      const p = kind === "classes" ? 1 / (1 + Math.exp(-level[i])) : level[i];
      const drawn = random() < SHARE;
      gradient[i] = drawn ? target[i] - p : 0;
      weight[i] = !drawn ? 0 : kind === "classes" ? p * (1 - p) : 1;
    }
    const stump = bestStump(bins, columns, gradient, weight);
    if (stump === null) break;
    const bin = bins[stump.column];
    for (let i = 0; i < n; i++) level[i] += bin[i] < stump.cut ? stump.steps[0] : stump.steps[1];
    stumps.push(stump);
    dearest = Math.max(dearest, before - left());
  }
  return { kind, start, cuts, stumps };
}

export function predict({ kind, start, cuts, stumps }: Model, table: Table): number[] {
  const bins = binsOf(table, cuts);
  return Array.from({ length: table.rows }, (_, i) => {
    let level = start;
    for (const { column, cut, steps } of stumps) level += bins[column][i] < cut ? steps[0] : steps[1];
    return kind === "classes" ? 1 / (1 + Math.exp(-level)) : level;
  });
}

/** The stump that removes most of what is left, or null when none has enough rows on both sides. */
function bestStump(
  bins: Uint8Array[],
  columns: number[],
  gradient: Float64Array,
  weight: Float64Array,
): Stump | null {
  let best: Stump | null = null;
  let most = 0;
  for (const column of columns) {
    const bin = bins[column];
    const sums = new Float64Array(66);
    const weights = new Float64Array(66);
    const counts = new Float64Array(66);
    for (let i = 0; i < bin.length; i++) {
      const b = bin[i];
      sums[b] += gradient[i];
      weights[b] += weight[i];
      counts[b]++;
    }
    const sum = sums.reduce((total, value) => total + value, 0);
    const all = weights.reduce((total, value) => total + value, 0);
    let [s, w, count] = [0, 0, 0];
    for (let cut = 1; cut < 66; cut++) {
      s += sums[cut - 1];
      w += weights[cut - 1];
      count += counts[cut - 1];
      if (count < SMALLEST || bin.length - count < SMALLEST) continue;
      const gain = s ** 2 / (w + SHRINK) + (sum - s) ** 2 / (all - w + SHRINK);
      if (gain <= most) continue;
      most = gain;
      best = { column, cut, steps: [(RATE * s) / (w + SHRINK), (RATE * (sum - s)) / (all - w + SHRINK)] };
    }
  }
  return best;
}

/** Where a column is cut: at its quantiles, so that each bin has about as many rows. */
function cutsOf({ values }: Column): number[] {
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  const cuts: number[] = [];
  for (let i = 1; i < BINS; i++) {
    const cut = sorted[Math.floor((i * sorted.length) / BINS)];
    if (cut !== undefined && cut > (cuts[cuts.length - 1] ?? sorted[0])) cuts.push(cut);
  }
  return cuts;
}

/** The bin of each row in each column: 0 where there is no value. */
function binsOf(table: Table, cuts: number[][]): Uint8Array[] {
  return table.columns.map(({ values }, c) =>
    Uint8Array.from(values, (value) => {
      if (value === null) return 0;
      let bin = 1;
      for (const cut of cuts[c]) {
        if (value < cut) break;
        bin++;
      }
      return bin;
    }),
  );
}
