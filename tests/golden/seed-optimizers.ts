// The seed's optimizers implemented a second time, in float64: AdamW (arXiv 1711.05101) and Muon (Keller Jordan, 2024:
// momentum, Nesterov, five quintic Newton-Schulz steps on one matrix at a time, the update of [in, out] times
// sqrt(max(1, out/in))).

import { each, matrix, plus, times, transpose, type Matrix } from "./matrix.ts";

export class GoldenAdamW {
  #steps = 0;
  #mean: Matrix | null = null;
  #square: Matrix | null = null;

  /** The parameter after one step with learning rate `lr`. */
  step(p: Matrix, g: Matrix, lr: number, [beta1, beta2]: readonly [number, number], decay: number): Matrix {
    const t = ++this.#steps;
    const mean = (this.#mean = blend(this.#mean, g, beta1));
    const square = (this.#square = blend(
      this.#square,
      each(g, (value) => value * value),
      beta2,
    ));
    return each(p, (value, i) => {
      const m = (mean.data[i] ?? NaN) / (1 - beta1 ** t);
      const v = (square.data[i] ?? NaN) / (1 - beta2 ** t);
      return value - lr * (m / (Math.sqrt(v) + 1e-8)) - lr * decay * value;
    });
  }
}

export class GoldenMuon {
  #momentum: Matrix | null = null;

  step(p: Matrix, g: Matrix, lr: number, momentum: number, decay: number): Matrix {
    const m = (this.#momentum = blend(this.#momentum, g, momentum));
    const o = newtonSchulz(blend(g, m, 1 - momentum), 5);
    const stretch = Math.sqrt(Math.max(1, p.columns / p.rows));
    return each(p, (value, i) => value * (1 - lr * decay) - lr * stretch * (o.data[i] ?? NaN));
  }
}

/** Moving average: old keep + now (1 - keep); starts from zeros. */
function blend(old: Matrix | null, now: Matrix, keep: number): Matrix {
  const before = old ?? matrix(now.rows, now.columns);
  return each(now, (value, i) => keep * (before.data[i] ?? NaN) + (1 - keep) * value);
}

function newtonSchulz(g: Matrix, steps: number): Matrix {
  if (g.rows > g.columns) return transpose(newtonSchulz(transpose(g), steps));
  const norm = Math.sqrt(g.data.reduce((sum, value) => sum + value * value, 0)) + 1e-7;
  let x = each(g, (value) => value / norm);
  for (let i = 0; i < steps; i++) {
    const a = times(x, transpose(x));
    const aa = times(a, a);
    const b = each(a, (value, k) => -4.775 * value + 2.0315 * (aa.data[k] ?? NaN));
    const bx = times(b, x);
    x = plus(
      each(x, (value) => 3.4445 * value),
      bx,
    );
  }
  return x;
}
