// Rules for products: of matrices, of queries and keys, of a short convolution.
// Shapes: B rows, T positions, H heads, D head size, M, K, N sizes of a product.
import { broadcast } from "../../values/shape.ts";
import { at, combine, jointSizes, lifted, make, TooLarge, type Field } from "../field.ts";
import {
  bounded,
  joinRows,
  joinTokens,
  later,
  magnitude,
  NONE,
  permute,
  reduceTokens,
  rounded,
  runTokens,
  settle,
  within,
  type Knowledge,
  type Tokens,
} from "../knowledge.ts";
import { sumBound, liftTokens, isFinite, shifted } from "./rules.ts";

/** Maximum number of terms in a product that is followed term by term, because it contains zeros. */
const MAX_STEPS = 2 ** 27;

/** a [..., M, K] times b [..., K, N]. A term with a factor of 0 adds nothing if the other factor is finite. */
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
  // A zero does not count if the other factor might be infinite.
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

/** Causal attention of q [B, T, H, D] over k and v [B, T, G, D]; a masked key changes no bit of a query's result. */
export function attended(q: Knowledge, k: Knowledge, v: Knowledge, scale: number): Knowledge[] {
  const heads = (x: Knowledge) => reduceTokens(x, 2, 2, true);
  const tokens = joinTokens([heads(q), runTokens(heads(k), 1), runTokens(heads(v), 1)]);
  const [B, T, H] = q.shape;
  const sums = bounded([B, T, H], reduceTokens(tokens, 3, 1, false), -Infinity, Infinity);
  const score = sumBound(q.shape[3], magnitude(q) * magnitude(k) * Math.max(1, scale));
  const most = score < 1e38 ? 1.01 * magnitude(v) : Infinity;
  return [within(q.shape, tokens, most), permute(sums, [0, 2, 1])];
}

/** Convolution of x [B, T, C] with taps over the present and past positions of T. */
export function convolved(x: Knowledge, weight: Knowledge): Knowledge {
  const taps = weight.shape[0];
  const channels = reduceTokens(x, 2, 1, true);
  const inner = { ...x, ...channels };
  const parts: Tokens[] = [weightTokens(weight, 3)];
  for (let by = 0; by < Math.min(taps, x.shape[1]); by++) parts.push(shifted(inner, 1, by));
  const terms = taps * (weight.shape.length === 3 ? weight.shape[1] : 1);
  return within(x.shape, joinTokens(parts), sumBound(terms, magnitude(x) * magnitude(weight)));
}

/** All tokens that any element of a weight depends on, for values of this rank. */
function weightTokens(weight: Knowledge, rank: number): Tokens {
  const { time, row } = reduceTokens(weight, 0, weight.shape.length, false);
  return { time: lifted(time, rank), row: lifted(row, rank) };
}
