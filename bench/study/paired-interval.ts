// The mean of paired differences, and its confidence interval for few pairs.
import { studentCdf } from "../../src/research/verdict/distributions.ts";

/** Mean and its two-sided Student interval, which is infinite for fewer than two differences. */
export function pairedInterval(
  differences: readonly number[],
  confidence = 0.95,
): { readonly mean: number; readonly low: number; readonly high: number } {
  const n = differences.length;
  const mean = differences.reduce((sum, d) => sum + d, 0) / n;
  if (n < 2) return { mean, low: -Infinity, high: Infinity };
  const variance = differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / (n - 1);
  const half = quantile(0.5 + confidence / 2, n - 1) * Math.sqrt(variance / n);
  return { mean, low: mean - half, high: mean + half };
}

/** Quantile of Student's distribution, by bisection. */
function quantile(p: number, degrees: number): number {
  let [low, high] = [0, 1000];
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (studentCdf(middle, degrees) < p) low = middle;
    else high = middle;
  }
  return low;
}
