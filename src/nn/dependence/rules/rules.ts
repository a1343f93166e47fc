// How tokens pass through operations that are not elementwise. Operations name these rules in their `follow`.
// Shapes: B rows, T positions, H heads, D head size, M, K, N sizes of a product.

import { broadcast } from "../../values/shape.ts";
import { at, combine, jointSizes, lifted, make, reduced, TooLarge, uniform, type Field } from "../field.ts";
import {
  bounded,
  constant,
  joinRows,
  joinTokens,
  later,
  magnitude,
  NONE,
  permute,
  reduceTokens,
  rounded,
  runTokens,
  select,
  settle,
  within,
  type Followed,
  type Knowledge,
  type Tokens,
} from "../knowledge.ts";
import { EXP_IS_ZERO } from "./pointwise.ts";

/** Places of one axis moved by `by`, zeros where nothing comes from. */
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
const isFinite = (k: Knowledge): boolean => magnitude(k) < Infinity;

/** A function of the whole last axis for each of its elements, such as a norm; `others` broadcast to it. */
function alongLast(x: Knowledge, others: readonly Knowledge[], most: number): Knowledge {
  const rank = x.shape.length;
  const parts = [reduceTokens(x, rank - 1, 1, true), ...others.map((k) => liftTokens(k, rank))];
  return within(x.shape, joinTokens(parts), most);
}

const liftTokens = ({ time, row }: Tokens, rank: number): Tokens => ({
  time: lifted(time, rank),
  row: lifted(row, rank),
});

/** Whether a norm over elements of x is a finite number: no square overflows, and no root of 0 is divided by. */
const isNormFinite = (x: Knowledge, epsilon: number): boolean => magnitude(x) < 1e18 && epsilon > 1e-30;

/** A norm over the last axis: at most sqrt(width) each. */
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

/** Sum, mean, largest or smallest over `count` axes from `axis` on. */
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
  // Whole numbers that are known add up exactly in any order.
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

/** Rounding of a sum of so many terms in f32, relative to the sum of their magnitudes; with a margin. */
const sumError = (terms: number): number => Math.max(1e-3, 2e-7 * terms);

/** The most a sum of so many terms can be. */
const sumBound = (terms: number, most: number): number => terms * most * (1 + sumError(terms));

/** Running sums along an axis. */
export const cumulated = (x: Knowledge, axis: number): Knowledge =>
  within(x.shape, runTokens(x, axis), sumBound(x.shape[axis], magnitude(x)));

/** softmax over the last axis. What is far below the largest of its row has a weight of exactly 0: a mask. */
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

/** log Σ exp over the last axis, which goes. */
export function logSummed(x: Knowledge): Knowledge {
  const last = x.shape.length - 1;
  const shape = x.shape.slice(0, last);
  return within(shape, reduceTokens(x, last, 1, false), magnitude(x) + Math.log(x.shape[last]));
}

/** Steps of a product that is followed term by term, because of the zeros in it. */
const MAX_STEPS = 2 ** 27;

/** a [..., M, K] times b [..., K, N]. A term with a factor that is 0 adds nothing where the other one is finite. */
export function multiplied(a: Knowledge, b: Knowledge, transposeA: boolean, transposeB: boolean): Knowledge {
  const turned = (k: Knowledge, turn: boolean) => {
    const r = k.shape.length;
    return turn ? permute(k, [...k.shape.map((_, i) => i).slice(0, -2), r - 1, r - 2]) : k;
  };
  const [x, y] = [turned(a, transposeA), turned(b, transposeB)];
  const inner = x.shape[x.shape.length - 1];
  const shape = [
    ...broadcast("matmul", x.shape.slice(0, -2), y.shape.slice(0, -2)),
    x.shape[x.shape.length - 2],
    y.shape[y.shape.length - 1],
  ];
  const rank = shape.length;
  const most = sumBound(inner, magnitude(x) * magnitude(y));
  const zeros = (k: Knowledge) =>
    lifted(
      combine([k.low, k.high], (low, high) => (low === 0 && high === 0 ? 1 : 0)),
      rank,
    );
  const [zeroX, zeroY] = [zeros(x), zeros(y)];
  // A zero says nothing where the other factor might be infinite.
  const counts = (zero: Field, other: Knowledge) => zero.data.includes(1) && isFinite(other);
  const [byX, byY] = [counts(zeroX, y), counts(zeroY, x)];
  if (!byX && !byY) {
    const left = reduceTokens(liftTokens(x, rank), rank - 1, 1, true);
    const right = reduceTokens(liftTokens(y, rank), rank - 2, 1, true);
    return within(shape, joinTokens([left, right]), most);
  }
  const known = [liftTokens(x, rank), liftTokens(y, rank)];
  const fieldsX = [known[0].time, known[0].row, ...(byX ? [zeroX] : [])];
  const fieldsY = [known[1].time, known[1].row, ...(byY ? [zeroY] : [])];
  const [sizesX, sizesY] = [jointSizes(fieldsX), jointSizes(fieldsY)];
  const terms = Math.max(sizesX[rank - 1], sizesY[rank - 2]);
  const sizes = shape.map((_, i) =>
    i < rank - 2 ? Math.max(sizesX[i], sizesY[i]) : i === rank - 2 ? sizesX[i] : sizesY[i],
  );
  if (sizes.reduce((n, size) => n * size, terms) > MAX_STEPS) throw new TooLarge("a product with zeros");
  const [ix, iy] = [new Array<number>(rank).fill(0), new Array<number>(rank).fill(0)];
  const rows: number[] = [];
  const live: number[] = [];
  const time = make(sizes, (index) => {
    for (let i = 0; i < rank; i++) ix[i] = iy[i] = index[i];
    let last = NONE;
    let row = NONE;
    let any = 0;
    for (let k = 0; k < terms; k++) {
      ix[rank - 1] = iy[rank - 2] = k;
      if ((byX && at(zeroX, ix) === 1) || (byY && at(zeroY, iy) === 1)) continue;
      any = 1;
      last = later(last, later(at(known[0].time, ix), at(known[1].time, iy)));
      row = joinRows(row, joinRows(at(known[0].row, ix), at(known[1].row, iy)));
    }
    rows.push(row);
    live.push(any);
    return last;
  });
  const [low, high] = rounded(-most, most);
  const bound = (value: number): Field => ({
    sizes,
    data: Float64Array.from(live, (isLive) => (isLive === 1 ? value : 0)),
  });
  return settle({
    shape,
    time,
    row: { sizes, data: Float64Array.from(rows) },
    low: bound(low),
    high: bound(high),
  });
}

/** Causal attention of q [B, T, H, D] over k and v [B, T, G, D]; a masked key leaves every bit of a query as it was. */
export function attended(q: Knowledge, k: Knowledge, v: Knowledge, scale: number): Knowledge[] {
  const heads = (x: Knowledge) => reduceTokens(x, 2, 2, true);
  const tokens = joinTokens([heads(q), runTokens(heads(k), 1), runTokens(heads(v), 1)]);
  const [B, T, H] = q.shape;
  const sums = bounded([B, T, H], reduceTokens(tokens, 3, 1, false), -Infinity, Infinity);
  const score = sumBound(q.shape[3], magnitude(q) * magnitude(k) * Math.max(1, scale));
  const most = score < 1e38 ? 1.01 * magnitude(v) : Infinity;
  return [within(q.shape, tokens, most), permute(sums, [0, 2, 1])];
}

/** x [B, T, C] with taps over the present and the past of T. */
export function convolved(x: Knowledge, weight: Knowledge): Knowledge {
  const taps = weight.shape[0];
  const channels = reduceTokens(x, 2, 1, true);
  const inner = { ...x, ...channels };
  const parts: Tokens[] = [weightTokens(weight, 3)];
  for (let by = 0; by < Math.min(taps, x.shape[1]); by++) parts.push(shifted(inner, 1, by));
  const terms = taps * (weight.shape.length === 3 ? weight.shape[1] : 1);
  return within(x.shape, joinTokens(parts), sumBound(terms, magnitude(x) * magnitude(weight)));
}

/** Any token a weight depends on, for values of this rank. */
function weightTokens(weight: Knowledge, rank: number): Tokens {
  const { time, row } = reduceTokens(weight, 0, weight.shape.length, false);
  return { time: lifted(time, rank), row: lifted(row, rank) };
}

/** The row of a table [V, C] for each token of an index [...]; a row that a constant names is that row alone. */
export function embedded(table: Knowledge, tokens: Knowledge): Knowledge {
  const shape = [...tokens.shape, table.shape[1]];
  const rank = shape.length;
  const tall = (field: Field): Field => ({ sizes: [...field.sizes, 1], data: field.data });
  const rows = reduceTokens(table, 0, 2, false);
  const parts: Tokens[] = [
    { time: tall(tokens.time), row: tall(tokens.row) },
    { time: lifted(rows.time, rank), row: lifted(rows.row, rank) },
  ];
  return within(shape, joinTokens(parts), magnitude(table));
}

/** Which places of an axis constant indices name; null where an index depends on tokens. */
function constants(index: Knowledge): Field | null {
  const fixed = combine([index.low, index.high], (low, high) => (low === high ? low : NONE));
  return fixed.data.includes(NONE) ? null : fixed;
}

/** y[.., j, ..] = x[.., index[.., j, ..], ..] on one axis. */
export function gathered(node: Followed, axis: number): Knowledge {
  const [x, index] = node.inputs;
  const fixed = constants(index);
  const size = x.shape[axis];
  if (fixed === null) {
    node.opaque();
    const all = node.trust ? index : joinTokens([index, reduceTokens(x, axis, 1, true)]);
    return within(index.shape, all, magnitude(x));
  }
  const pick = (field: Field): Field => {
    const sizes = field.sizes.map((s, i) => (i === axis ? fixed.sizes[i] : Math.max(s, fixed.sizes[i])));
    return make(sizes, (place) => {
      const from = [...place];
      // As the kernel does: an index past the end reads the last.
      from[axis] = Math.min(at(fixed, place), size - 1);
      return at(field, from);
    });
  };
  return { shape: index.shape, time: pick(x.time), row: pick(x.row), low: pick(x.low), high: pick(x.high) };
}

/** y[.., l, ..] is the sum of x[.., j, ..] over all j whose index is l. */
export function scattered(node: Followed, axis: number, length: number): Knowledge {
  const [x, index] = node.inputs;
  const shape = x.shape.map((size, i) => (i === axis ? length : size));
  const bound = sumBound(x.shape[axis], magnitude(x));
  const fixed = constants(index);
  if (fixed === null) {
    node.opaque();
    if (node.trust) return constant(shape, -Infinity, Infinity);
    return within(shape, reduceTokens(joinTokens([x, index]), axis, 1, true), bound);
  }
  const count = x.shape[axis];
  const add = (field: Field, join: (a: number, b: number) => number): Field => {
    const sizes = shape.map((size, i) => (i === axis ? size : Math.max(field.sizes[i], fixed.sizes[i])));
    return make(sizes, (place) => {
      const from = [...place];
      let value = NONE;
      for (let j = 0; j < count; j++) {
        from[axis] = j;
        // As the kernel does: an index past the end means the last place.
        if (Math.min(at(fixed, from), length - 1) === place[axis]) value = join(value, at(field, from));
      }
      return value;
    });
  };
  return within(shape, { time: add(x.time, later), row: add(x.row, joinRows) }, bound);
}

/** Tokens [...] to rows [..., depth] with a 1. */
export function hot(tokens: Knowledge, depth: number): Knowledge {
  const shape = [...tokens.shape, depth];
  const fixed = constants(tokens);
  if (fixed !== null) {
    const one = make([...fixed.sizes, depth], (place) =>
      at(fixed, place.slice(0, -1)) === place[place.length - 1] ? 1 : 0,
    );
    return { ...constant(shape, 0, 1), low: one, high: one };
  }
  const tall = (field: Field): Field => ({ sizes: [...field.sizes, 1], data: field.data });
  return bounded(shape, { time: tall(tokens.time), row: tall(tokens.row) }, 0, 1);
}

/** The same numbers as whole ones, or as f32. */
export function converted(x: Knowledge, to: "f32" | "u32"): Knowledge {
  const exact = (value: number) => (to === "u32" ? value >= 0 && value < 2 ** 32 : Math.abs(value) < 2 ** 24);
  const side = (which: 0 | 1) =>
    combine([x.low, x.high], (low, high) => {
      if (low === high && exact(low)) return to === "u32" ? Math.floor(low) : low;
      if (!Number.isFinite(low) || !Number.isFinite(high))
        return to === "u32" ? [0, 2 ** 32][which] : [-Infinity, Infinity][which];
      const [down, up] =
        to === "u32" ? [Math.max(0, Math.floor(low)), Math.max(0, high)] : rounded(low, high);
      return [down, up][which];
    });
  return { shape: x.shape, time: x.time, row: x.row, low: side(0), high: side(1) };
}

/** The index of the largest along an axis, which goes. */
export const indexOfLargest = (x: Knowledge, axis: number): Knowledge =>
  bounded(
    x.shape.filter((_, i) => i !== axis),
    reduceTokens(x, axis, 1, false),
    0,
    x.shape[axis],
  );

/** Rotation of pairs over D of x [B, T, H, D], with a norm over D around it or, for a negative epsilon, without. */
export function rotated(x: Knowledge, epsilon: number): Knowledge {
  const normed = isNormFinite(x, epsilon) ? 1.5 * Math.sqrt(x.shape[3]) : Infinity;
  return within(x.shape, reduceTokens(x, 3, 1, true), epsilon < 0 ? 1.5 * magnitude(x) : normed);
}
