// Compares sums and squares of doubles without rounding: every double is a whole number times 2^-1074.

const view = new DataView(new ArrayBuffer(8));

/** The double times 2^1074, exactly. Finite numbers only. */
export function units(value: number): bigint {
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const size = exponent === 0 ? fraction : (fraction | 0x10000000000000n) << BigInt(exponent - 1);
  return bits >> 63n === 1n ? -size : size;
}

export const ONE = units(1);

/** A circle in units. */
export interface ExactCircle {
  readonly x: bigint;
  readonly y: bigint;
  readonly r: bigint;
}

/** Whether the circle lies in the unit square; it may touch an edge. */
export const isInside = ({ x, y, r }: ExactCircle): boolean =>
  x >= r && y >= r && x + r <= ONE && y + r <= ONE;

/** Whether two circles share more than a point. */
export function overlap(a: ExactCircle, b: ExactCircle): boolean {
  const [dx, dy, reach] = [a.x - b.x, a.y - b.y, a.r + b.r];
  return dx * dx + dy * dy < reach * reach;
}
