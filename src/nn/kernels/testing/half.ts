// For tests only: IEEE 754 binary16 in float64 arithmetic, because Node 20 has no Float16Array.

/** The number of a bit pattern. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

/** The bit pattern nearest to a number, ties to even; infinity past 65520. */
export function toHalf(x: number): number {
  if (Number.isNaN(x)) return 0x7e00;
  const sign = x < 0 || Object.is(x, -0) ? 0x8000 : 0;
  const size = Math.abs(x);
  const exponent = Math.max(-14, Math.min(16, Math.floor(Math.log2(size || 1))));
  const unit = 2 ** (exponent - 10);
  let steps = Math.floor(size / unit);
  const rest = size / unit - steps;
  if (rest > 0.5 || (rest === 0.5 && steps % 2 === 1)) steps++;
  if (steps * unit >= 65520) return sign | 0x7c00;
  if (steps < 1024) return sign | steps;
  const carried = steps === 2048;
  return sign | ((exponent + (carried ? 1 : 0) + 15) << 10) | (carried ? 0 : steps - 1024);
}
