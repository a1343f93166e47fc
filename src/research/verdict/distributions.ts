// The two distribution functions that the verdict needs: Student's t and the normal distribution.

/** log Γ(x) for x > 0, Lanczos' approximation (g = 7, nine terms), relative error below 1e-13. */
export function logGamma(x: number): number {
  const c = [
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
    12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
  ];
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  let sum = c[0];
  for (let i = 1; i < 9; i++) sum += c[i] / (x - 1 + i);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Regularised incomplete beta I_x(a, b), by Lentz's continued fraction (Numerical Recipes 6.4). */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast only on this side of the mean.
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  const tiny = 1e-300;
  const away = (v: number) => (Math.abs(v) < tiny ? tiny : v);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    h *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    const step = d * c;
    h *= step;
    if (Math.abs(step - 1) < 1e-15) break;
  }
  return (front * h) / a;
}

/** P(T ≤ t) for Student's t with `degrees` > 0 degrees of freedom; Infinity gives the normal distribution. */
export function studentCdf(t: number, degrees: number): number {
  if (degrees === Infinity || degrees > 1e6) return normalCdf(t);
  const tail = 0.5 * incompleteBeta(degrees / (degrees + t * t), degrees / 2, 0.5);
  return t >= 0 ? 1 - tail : tail;
}

/** P(Z ≤ z) of the standard normal, through the incomplete gamma function's continued fraction and series. */
export function normalCdf(z: number): number {
  const x = (z * z) / 2;
  if (x === 0) return 0.5;
  const scale = Math.exp(-x + 0.5 * Math.log(x) - logGamma(0.5));
  let tail: number;
  if (x < 1.5) {
    let term = 2;
    let sum = 2;
    for (let n = 1; n < 200 && term > sum * 1e-17; n++) sum += term *= x / (n + 0.5);
    tail = 1 - scale * sum;
  } else {
    let b = x + 0.5;
    let c = 1e300;
    let d = 1 / b;
    let h = d;
    for (let i = 1; i < 500; i++) {
      const a = -i * (i - 0.5);
      b += 2;
      d = 1 / (a * d + b);
      c = b + a / c;
      h *= d * c;
      if (Math.abs(d * c - 1) < 1e-15) break;
    }
    tail = scale * h;
  }
  return z > 0 ? 1 - tail / 2 : tail / 2;
}
