// Ranks candidates: a Gaussian process over all scored points (Matérn 5/2, one length-scale per coordinate), and the
// expected improvement (Jones et al. 1998) over the incumbent's predicted score. The prediction is used because a
// single run may be lucky, the regression over all runs much less so (noisy expected improvement). Almost every
// experiment moves one to three of the incumbent's constants; a regression learns as much from a loss as from a gain.
import type { Observation } from "./memory.ts";
import { clamp, type Dimension, toUnit, type Values } from "../source/space.ts";

/** The fewest scored points for a regression. */
export const ENOUGH = 5;
/** The most observations: the time of the fit grows with the third power. Half are the lowest, the rest the latest. */
const MAX_OBSERVATIONS = 80;
/** The grids of length-scales [share of a range] and of noise [share of the scores' variance]. */
const LENGTHS = [0.15, 0.3, 0.6, 1.2, 2.5, 6];
const USUAL = 1.2;
const NOISES = [1e-4, 1e-3, 1e-2, 0.05];

/** A point in unit coordinates; the last coordinate is the index of its skeleton. */
type Point = readonly number[];

interface Fit {
  readonly lengths: readonly number[];
  readonly factor: readonly Float64Array[];
  readonly alpha: Float64Array;
  readonly evidence: number;
}

interface Surrogate {
  /** Expected improvement of a point over the incumbent, in arbitrary units. */
  improvement(values: Values): number;
  /** Expected score of a point, less that of the incumbent [bits per byte]. */
  change(values: Values): number;
}

/**
 * The regression on these observations. `noise` is the
 * standard deviation of a score between seeds [bits per byte], 0 where it was not measured: a lower bound of the fitted
 * noise.
 */
export function surrogate(
  space: readonly Dimension[],
  observations: readonly Observation[],
  incumbent: { readonly values: Values; readonly skeleton: string },
  noise = 0,
): Surrogate {
  const kept = thinned(observations);
  const skeletons = [...new Set([...kept.map(({ skeleton }) => skeleton), incumbent.skeleton])];
  const unordered = [...space.map(({ range }) => range.scale === "choice"), true];
  const place = (values: Values, skeleton: string): Point => [
    ...space.map(({ name, range, value }) => toUnit(range, values[name] ?? value)),
    skeletons.indexOf(skeleton),
  ];
  const points = kept.map(({ values, skeleton }) => place(values, skeleton));
  const { targets, slope, scoreOf } = squashed(kept.map(({ valBpb }) => valBpb));
  const { lengths, factor, alpha } = fitted(points, targets, unordered, (noise * slope) ** 2);
  const predict = (point: Point): { mean: number; deviation: number } => {
    const k = Float64Array.from(points, (one) => {
      let squared = 0;
      for (let i = 0; i < lengths.length; i++) squared += gap(point, one, i, unordered) / lengths[i] ** 2;
      return matern(squared);
    });
    const v = forward(factor, k);
    return { mean: dot(k, alpha), deviation: Math.sqrt(Math.max(1e-9, 1 - dot(v, v))) };
  };
  const best = predict(place(incumbent.values, incumbent.skeleton)).mean;
  return {
    improvement: (values) => {
      const { mean, deviation } = predict(place(values, incumbent.skeleton));
      const z = (best - mean) / deviation;
      const gain = z * cumulative(z) + Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
      // Far in the tail the error of the approximation exceeds the value.
      return deviation * Math.max(0, gain);
    },
    change: (values) => scoreOf(predict(place(values, incumbent.skeleton)).mean) - scoreOf(best),
  };
}

function thinned(observations: readonly Observation[]): readonly Observation[] {
  if (observations.length <= MAX_OBSERVATIONS) return observations;
  const latest = observations.slice(-MAX_OBSERVATIONS / 2);
  const lowest = [...observations.slice(0, -MAX_OBSERVATIONS / 2)].sort((a, b) => a.valBpb - b.valBpb);
  return [...lowest.slice(0, MAX_OBSERVATIONS / 2), ...latest];
}

/**
 * Scores scaled to mean 0 and deviation 1, with the bad ones compressed, because differences between them matter
 * little. `slope`: change of the scaled score per bit per byte, near the best; `scoreOf`: back from the scale.
 */
function squashed(scores: readonly number[]): {
  targets: Float64Array;
  slope: number;
  scoreOf: (target: number) => number;
} {
  const sorted = [...scores].sort((a, b) => a - b);
  const best = sorted[0] ?? 0;
  const scale = Math.max(1e-9, (sorted[Math.floor(sorted.length / 2)] ?? 0) - best);
  const bent = Float64Array.from(scores, (score) => Math.log1p((score - best) / scale));
  const mean = bent.reduce((a, b) => a + b, 0) / bent.length;
  const deviation = Math.sqrt(bent.reduce((sum, x) => sum + (x - mean) ** 2, 0) / bent.length);
  const unit = Math.max(1e-9, deviation);
  const scoreOf = (target: number) => best + scale * Math.expm1(target * unit + mean);
  return { targets: bent.map((x) => (x - mean) / unit), slope: 1 / (scale * unit), scoreOf };
}

/** The squared distance of two points in one coordinate; without an order it is 0 for equal values, else 1. */
const gap = (a: Point, b: Point, i: number, unordered: readonly boolean[]): number =>
  unordered[i] ? Number(a[i] !== b[i]) : (a[i] - b[i]) ** 2;

function matern(squared: number): number {
  const r = Math.sqrt(5 * squared);
  return (1 + r + (r * r) / 3) * Math.exp(-r);
}

/** Length-scales and noise of the greatest evidence: coordinate search on the grids, two rounds. */
function fitted(
  points: readonly Point[],
  targets: Float64Array,
  unordered: readonly boolean[],
  leastNoise: number,
): Fit {
  // [coordinate][pair]: the coordinate's part of the pair's squared distance at length-scale 1.
  const apart = unordered.map((_, i) => pairs(points, (a, b) => gap(a, b, i, unordered)));
  const lengths = unordered.map(() => USUAL);
  const total = new Float64Array(apart[0].length);
  const add = (i: number, times: number) => {
    const own = apart[i];
    for (let p = 0; p < total.length; p++) total[p] += times * own[p];
  };
  lengths.forEach((length, i) => add(i, length ** -2));
  const noises = [...new Set(NOISES.map((one) => clamp(one, leastNoise, Math.max(1, leastNoise))))];
  let noise = clamp(1e-2, leastNoise, Math.max(1, leastNoise));
  // A broad prior: without it a coordinate that only two runs moved would dominate.
  const prior = () => lengths.reduce((sum, l) => sum - 0.5 * (Math.log(l / USUAL) / 0.9) ** 2, 0);
  let best = solve(total, targets, noise).evidence + prior();
  const climb = <T>(grid: readonly T[], was: T, set: (one: T) => void): void => {
    let chosen = was;
    for (const one of grid) {
      set(one);
      const now = solve(total, targets, noise).evidence + prior();
      if (now > best) [best, chosen] = [now, one];
    }
    set(chosen);
  };
  for (let round = 0; round < 2; round++) {
    for (const [i, own] of apart.entries()) {
      if (!own.some((x) => x > 0)) continue; // never moved: no data
      climb(LENGTHS, lengths[i], (length) => {
        add(i, length ** -2 - lengths[i] ** -2);
        lengths[i] = length;
      });
    }
    climb(noises, noise, (one) => (noise = one));
  }
  return { lengths, ...solve(total, targets, noise) };
}

/** The factor of the covariances, the weights of the observations, and the log evidence less a constant. */
function solve(total: Float64Array, targets: Float64Array, noise: number): Omit<Fit, "lengths"> {
  const n = targets.length;
  let pair = 0;
  const rows = Array.from({ length: n }, (_, i) => {
    const row = new Float64Array(i + 1);
    for (let j = 0; j < i; j++) row[j] = matern(total[pair++]);
    row[i] = 1 + noise;
    return row;
  });
  const factor = cholesky(rows);
  const v = forward(factor, targets);
  const logs = factor.reduce((sum, row, i) => sum + Math.log(row[i]), 0);
  return { factor, alpha: backward(factor, v), evidence: -0.5 * dot(v, v) - logs };
}

/** `of` for each pair, in the order of the lower triangle's rows. */
function pairs(points: readonly Point[], of: (a: Point, b: Point) => number): Float64Array {
  const found = new Float64Array((points.length * (points.length - 1)) / 2);
  let pair = 0;
  for (let i = 0; i < points.length; i++)
    for (let j = 0; j < i; j++) found[pair++] = of(points[i], points[j]);
  return found;
}

/** The lower factor of a positive definite matrix given by its lower rows, in place. */
function cholesky(rows: Float64Array[]): Float64Array[] {
  for (let i = 0; i < rows.length; i++) {
    const a = rows[i];
    for (let j = 0; j <= i; j++) {
      const b = rows[j];
      let sum = a[j];
      for (let k = 0; k < j; k++) sum -= a[k] * b[k];
      a[j] = i === j ? Math.sqrt(Math.max(1e-12, sum)) : sum / b[j];
    }
  }
  return rows;
}

function forward(factor: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = new Float64Array(b.length);
  for (let i = 0; i < b.length; i++) {
    const row = factor[i];
    let sum = b[i];
    for (let k = 0; k < i; k++) sum -= row[k] * x[k];
    x[i] = sum / row[i];
  }
  return x;
}

function backward(factor: readonly Float64Array[], b: Float64Array): Float64Array {
  const x = Float64Array.from(b);
  for (let i = b.length - 1; i >= 0; i--) {
    const row = factor[i];
    x[i] /= row[i];
    for (let k = 0; k < i; k++) x[k] -= row[k] * x[i];
  }
  return x;
}

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
};

/** The standard normal distribution function, by Abramowitz and Stegun 26.2.17 (error below 1e-7). */
function cumulative(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = (Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI)) * poly;
  return z > 0 ? 1 - tail : tail;
}
