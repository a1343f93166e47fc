// The seed's model implemented a second time, by hand and in float64: forward and every gradient, from the papers'
// formulas and src/seed/train.ts alone. It shares no line with the engine or its reference, so that a fault common to
// both is unlikely.
//
// N = B T positions, C channels, H heads of D, F = MLP_RATIO C, V vocabulary. Matrices are [in, out].

import { at, each, matrix, plus, set, times, transpose, type Matrix } from "./matrix.ts";

export interface GoldenSizes {
  readonly batch: number;
  readonly time: number;
  readonly vocab: number;
  readonly depth: number;
  readonly heads: number;
  readonly headDim: number;
  readonly softcap: number;
  readonly ropeBase: number;
}

/** Parameters, or their gradients, by their names in the seed. */
export type Weights = ReadonlyMap<string, Matrix>;

export interface GoldenStep {
  /** [N, V], after the softcap. */
  readonly logits: Matrix;
  /** Mean of the cross-entropy, in nats. */
  readonly loss: number;
  readonly gradients: Weights;
}

const EPSILON = 1e-6;

/**
 * A part's output, and the function from the gradient of its output to that of its input; weights' gradients go to
 * `grads`.
 */
interface Part {
  readonly y: Matrix;
  back(dy: Matrix): Matrix;
}
type Gradients = Map<string, Matrix>;

function weightOf(weights: Weights, name: string): Matrix {
  const found = weights.get(name);
  if (!found) throw new Error(`no parameter ${name}`);
  return found;
}

function collect(grads: Gradients, name: string, gradient: Matrix): void {
  const known = grads.get(name);
  grads.set(name, known ? plus(known, gradient) : gradient);
}

function linear(x: Matrix, name: string, weights: Weights, grads: Gradients): Part {
  const w = weightOf(weights, name);
  return {
    y: times(x, w),
    back(dy) {
      collect(grads, name, times(transpose(x), dy));
      return times(dy, transpose(w));
    },
  };
}

/** x / sqrt(mean(x²) + ε) over groups of `width` columns. */
function rmsNorm(x: Matrix, width = x.columns): Part {
  const y = matrix(x.rows, x.columns);
  const inverses: number[] = [];
  for (let start = 0; start < x.data.length; start += width) {
    const group = x.data.subarray(start, start + width);
    const inverse = 1 / Math.sqrt(group.reduce((sum, v) => sum + v * v, 0) / width + EPSILON);
    inverses.push(inverse);
    group.forEach((v, i) => {
      y.data[start + i] = v * inverse;
    });
  }
  return {
    y,
    back(dy) {
      const dx = matrix(x.rows, x.columns);
      inverses.forEach((inverse, g) => {
        const start = g * width;
        let dot = 0;
        for (let i = start; i < start + width; i++) dot += (dy.data[i] ?? NaN) * (x.data[i] ?? NaN);
        for (let i = start; i < start + width; i++)
          dx.data[i] = inverse * (dy.data[i] ?? NaN) - (inverse ** 3 * dot * (x.data[i] ?? NaN)) / width;
      });
      return dx;
    },
  };
}

/**
 * Rotates the pairs (i, i + D/2) of each head by -t base^(-2i/D), or back; the gradient of a rotation is the opposite
 * one.
 */
function turn(x: Matrix, { time, headDim: D, ropeBase }: GoldenSizes, back: boolean): Matrix {
  const y = matrix(x.rows, x.columns);
  for (let row = 0; row < x.rows; row++)
    for (let start = 0; start < x.columns; start += D)
      for (let i = 0; i < D / 2; i++) {
        const angle = (back ? 1 : -1) * (row % time) * ropeBase ** ((-2 * i) / D);
        const [a, b] = [at(x, row, start + i), at(x, row, start + i + D / 2)];
        set(y, row, start + i, a * Math.cos(angle) - b * Math.sin(angle));
        set(y, row, start + i + D / 2, a * Math.sin(angle) + b * Math.cos(angle));
      }
  return y;
}

/** Causal softmax(q kᵀ / sqrt(D)) v of every row of the batch and head; `back` gives the gradients of q, k, v. */
function attend(q: Matrix, k: Matrix, v: Matrix, sizes: GoldenSizes) {
  const { batch, time, heads, headDim: D } = sizes;
  const y = matrix(q.rows, q.columns);
  const shares: { row: number; key: number; start: number; p: number }[][] = [];
  for (let b = 0; b < batch; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < time; t++) {
        const [row, start] = [b * time + t, h * D];
        const scores = Array.from({ length: t + 1 }, (_, j) => {
          let dot = 0;
          for (let d = start; d < start + D; d++) dot += at(q, row, d) * at(k, b * time + j, d);
          return dot / Math.sqrt(D);
        });
        const top = Math.max(...scores);
        const sum = scores.reduce((s, x) => s + Math.exp(x - top), 0);
        const list = scores.map((x, j) => ({ row, key: b * time + j, start, p: Math.exp(x - top) / sum }));
        for (const { key, p } of list)
          for (let d = start; d < start + D; d++) set(y, row, d, at(y, row, d) + p * at(v, key, d));
        shares.push(list);
      }
  return {
    y,
    back(dy: Matrix): [Matrix, Matrix, Matrix] {
      const [dq, dk, dv] = [matrix(q.rows, q.columns), matrix(q.rows, q.columns), matrix(q.rows, q.columns)];
      for (const list of shares) {
        const dps = list.map(({ row, key, start }) => {
          let dp = 0;
          for (let d = start; d < start + D; d++) dp += at(dy, row, d) * at(v, key, d);
          return dp;
        });
        const mean = list.reduce((s, { p }, j) => s + p * (dps[j] ?? NaN), 0);
        list.forEach(({ row, key, start, p }, j) => {
          const ds = (p * ((dps[j] ?? NaN) - mean)) / Math.sqrt(D);
          for (let d = start; d < start + D; d++) {
            set(dv, key, d, at(dv, key, d) + p * at(dy, row, d));
            set(dq, row, d, at(dq, row, d) + ds * at(k, key, d));
            set(dk, key, d, at(dk, key, d) + ds * at(q, row, d));
          }
        });
      }
      return [dq, dk, dv];
    },
  };
}

function attention(x: Matrix, name: string, weights: Weights, grads: Gradients, sizes: GoldenSizes): Part {
  const [q, k, v] = ["query", "key", "value"].map((part) => linear(x, `${name}.${part}`, weights, grads)) as [
    Part,
    Part,
    Part,
  ];
  const [qn, kn] = [q, k].map(({ y }) => rmsNorm(turn(y, sizes, false), sizes.headDim)) as [Part, Part];
  const mixed = attend(qn.y, kn.y, v.y, sizes);
  const out = linear(mixed.y, `${name}.out`, weights, grads);
  return {
    y: out.y,
    back(dy) {
      const [dq, dk, dv] = mixed.back(out.back(dy));
      const fromQ = q.back(turn(qn.back(dq), sizes, true));
      const fromK = k.back(turn(kn.back(dk), sizes, true));
      return plus(plus(fromQ, fromK), v.back(dv));
    },
  };
}

/** Two matrices around a squared ReLU. */
function mlp(x: Matrix, name: string, weights: Weights, grads: Gradients): Part {
  const up = linear(x, `${name}.up`, weights, grads);
  const down = linear(
    each(up.y, (v) => Math.max(0, v) ** 2),
    `${name}.down`,
    weights,
    grads,
  );
  return {
    y: down.y,
    back: (dy) => {
      const dh = down.back(dy);
      return up.back(each(up.y, (v, i) => 2 * Math.max(0, v) * (dh.data[i] ?? NaN)));
    },
  };
}

/** Residual connection: x + part(norm(x)). */
function residual(x: Matrix, part: (n: Matrix) => Part): Part {
  const norm = rmsNorm(x);
  const inner = part(norm.y);
  return { y: plus(x, inner.y), back: (dy) => plus(dy, norm.back(inner.back(dy))) };
}

/** Forward and backward of one batch. Tokens and targets are [N]. */
export function goldenStep(
  weights: Weights,
  tokens: readonly number[],
  targets: readonly number[],
  sizes: GoldenSizes,
): GoldenStep {
  const grads: Gradients = new Map();
  const table = weightOf(weights, "embed");
  const embedded = matrix(tokens.length, table.columns);
  tokens.forEach((token, row) => {
    for (let c = 0; c < table.columns; c++) set(embedded, row, c, at(table, token, c));
  });
  const first = rmsNorm(embedded);
  const parts: Part[] = [first];
  let x = first.y;
  for (let i = 0; i < sizes.depth; i++)
    for (const make of [
      (n: Matrix) => attention(n, `blocks.${i}.attention`, weights, grads, sizes),
      (n: Matrix) => mlp(n, `blocks.${i}.mlp`, weights, grads),
    ]) {
      const part = residual(x, make);
      parts.push(part);
      x = part.y;
    }
  const last = rmsNorm(x);
  const head = linear(last.y, "head", weights, grads);
  const cap = sizes.softcap;
  const logits = each(head.y, (z) => cap * Math.tanh(z / cap));

  let loss = 0;
  const dz = matrix(logits.rows, logits.columns);
  targets.forEach((target, row) => {
    const line = logits.data.subarray(row * logits.columns, (row + 1) * logits.columns);
    const top = Math.max(...line);
    const sum = line.reduce((s, z) => s + Math.exp(z - top), 0);
    loss += (top + Math.log(sum) - at(logits, row, target)) / targets.length;
    line.forEach((z, c) => {
      const p = Math.exp(z - top) / sum - (c === target ? 1 : 0);
      set(dz, row, c, (p * (1 - (z / cap) ** 2)) / targets.length);
    });
  });

  let dx = last.back(head.back(dz));
  for (const part of parts.reverse()) dx = part.back(dx);
  const dtable = matrix(table.rows, table.columns);
  tokens.forEach((token, row) => {
    for (let c = 0; c < table.columns; c++) set(dtable, token, c, at(dtable, token, c) + at(dx, row, c));
  });
  collect(grads, "embed", dtable);
  return { logits, loss, gradients: grads };
}
