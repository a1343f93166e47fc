// Rules for operations that move elements, or sum, scale and compare along an axis: how they pass tokens on. Operations
// call these rules in their `follow`.
// Shapes: B rows, T positions, H heads, D head size.
import { combine, lifted, reduced, uniform, type Field } from "../field.ts";
import {
  joinTokens,
  magnitude,
  NONE,
  reduceTokens,
  runTokens,
  select,
  settle,
  within,
  type Knowledge,
  type Tokens,
} from "../knowledge.ts";
import { EXP_IS_ZERO } from "./pointwise.ts";

/** The elements moved by `by` along one axis; zeros fill the gap. */
export const shifted = (x: Knowledge, axis: number, by: number): Knowledge => {
  const size = x.shape[axis];
  return select(x, axis, size, (j) => (j - by >= 0 && j - by < size ? j - by : NONE));
};

export const narrowed = (x: Knowledge, axis: number, start: number, length: number): Knowledge =>
  select(x, axis, length, (j) => start + j);

export const padded = (x: Knowledge, axis: number, before: number, after: number): Knowledge => {
  const size = x.shape[axis];
  return select(x, axis, before + size + after, (j) =>
    j >= before && j < before + size ? j - before : NONE,
  );
};

/** Whether every element is known to be a finite number. */
export const isFinite = (k: Knowledge): boolean => magnitude(k) < Infinity;

/** A function such as a norm: each element depends on the whole last axis; `others` broadcast to x. */
function alongLast(x: Knowledge, others: readonly Knowledge[], most: number): Knowledge {
  const rank = x.shape.length;
  const parts = [reduceTokens(x, rank - 1, 1, true), ...others.map((k) => liftTokens(k, rank))];
  return within(x.shape, joinTokens(parts), most);
}

export const liftTokens = ({ time, row }: Tokens, rank: number): Tokens => ({
  time: lifted(time, rank),
  row: lifted(row, rank),
});

/** Whether a norm over elements of x is finite: no square overflows, and the divisor is not 0. */
const isNormFinite = (x: Knowledge, epsilon: number): boolean => magnitude(x) < 1e18 && epsilon > 1e-30;

/** A norm over the last axis: each element is at most sqrt(width), times the gain, plus the bias. */
export function normed(x: Knowledge, epsilon: number, gain?: Knowledge, bias?: Knowledge): Knowledge {
  const width = x.shape[x.shape.length - 1];
  const scale = gain ? magnitude(gain) : 1;
  const most = isNormFinite(x, epsilon) ? Math.sqrt(width) * scale + (bias ? magnitude(bias) : 0) : Infinity;
  return alongLast(
    x,
    [gain, bias].flatMap((k) => k ?? []),
    most,
  );
}

/** Sum, mean, maximum or minimum over `count` axes from `axis` on. */
export function reduce(
  x: Knowledge,
  kind: "sum" | "mean" | "max" | "min",
  axis: number,
  count: number,
  keepdim: boolean,
): Knowledge {
  const tokens = reduceTokens(x, axis, count, keepdim);
  const shape = x.shape.flatMap((size, i) => (i < axis || i >= axis + count ? [size] : keepdim ? [1] : []));
  if (kind === "max" || kind === "min") {
    const unknown = !isFinite(x);
    const side = (field: Field, none: number) =>
      unknown ? uniform(shape.length, none) : reduced(field, axis, count, keepdim, Math[kind]);
    return settle({ shape, ...tokens, low: side(x.low, -Infinity), high: side(x.high, Infinity) });
  }
  const product = (sizes: readonly number[]) => sizes.slice(axis, axis + count).reduce((a, b) => a * b, 1);
  const length = product(x.shape);
  const sum = (field: Field) => {
    const times = length / product(field.sizes);
    return combine([reduced(field, axis, count, keepdim, (a, b) => a + b)], (value) => value * times);
  };
  // The sum of known whole numbers is exact in any order.
  const whole = sum(
    combine([x.low, x.high], (low, high) =>
      low === high && Number.isInteger(low) ? Math.abs(low) : Infinity,
    ),
  );
  const sizesOf = sum(combine([x.low, x.high], (low, high) => Math.max(Math.abs(low), Math.abs(high))));
  const scale = kind === "mean" ? 1 / length : 1;
  const side = (which: 0 | 1) =>
    combine([sum(x.low), sum(x.high), whole, sizesOf], (low, high, known, size) => {
      if (kind === "sum" && known < 2 ** 24) return low;
      const error = size * sumError(length);
      return size + error < 1e38 ? [low - error, high + error][which] * scale : [-Infinity, Infinity][which];
    });
  return settle({ shape, ...tokens, low: side(0), high: side(1) });
}

/** Rounding error of a sum of `terms` terms in f32, relative to the sum of their magnitudes, with a margin. */
const sumError = (terms: number): number => Math.max(1e-3, 2e-7 * terms);

/** Upper bound for a sum of `terms` terms of magnitude `most`. */
export const sumBound = (terms: number, most: number): number => terms * most * (1 + sumError(terms));

/** Running sums along an axis. */
export const cumulated = (x: Knowledge, axis: number): Knowledge =>
  within(x.shape, runTokens(x, axis), sumBound(x.shape[axis], magnitude(x)));

/** softmax over the last axis. An element far below the largest of its row has a weight of exactly 0: a mask. */
export function softmaxed(x: Knowledge): Knowledge {
  const last = x.shape.length - 1;
  const most = reduced(x.low, last, 1, true, Math.max);
  const known = combine([x.low, x.high], (low, high) =>
    (Number.isFinite(low) && Number.isFinite(high)) || low === high ? 1 : 0,
  );
  const masks = !known.data.includes(0) && !most.data.includes(-Infinity) && !most.data.includes(Infinity);
  const zero = masks
    ? combine([x.high, most], (high, top) => (high - top < EXP_IS_ZERO ? 1 : 0))
    : uniform(last + 1, 0);
  const unless = (field: Field) => combine([field, zero], (value, isZero) => (isZero === 1 ? NONE : value));
  const tokens = reduceTokens({ time: unless(x.time), row: unless(x.row) }, last, 1, true);
  return settle({
    shape: x.shape,
    time: unless(tokens.time),
    row: unless(tokens.row),
    low: combine([zero], () => 0),
    high: combine([zero], (isZero) => (isZero === 1 ? 0 : 1.001)),
  });
}

/** log Σ exp over the last axis, which is removed. */
export function logSummed(x: Knowledge): Knowledge {
  const last = x.shape.length - 1;
  const shape = x.shape.slice(0, last);
  return within(shape, reduceTokens(x, last, 1, false), magnitude(x) + Math.log(x.shape[last]));
}

/** Rotation of pairs over D of x [B, T, H, D], combined with a norm over D unless epsilon is negative. */
export function rotated(x: Knowledge, epsilon: number): Knowledge {
  const normed = isNormFinite(x, epsilon) ? 1.5 * Math.sqrt(x.shape[3]) : Infinity;
  return within(x.shape, reduceTokens(x, 3, 1, true), epsilon < 0 ? 1.5 * magnitude(x) : normed);
}
