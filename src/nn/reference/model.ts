// The operations of a GPT in float64: products, norms, rotation, attention, embedding, cross-entropy.

import { attentionShape } from "../ops/layers/attention.ts";
import { rowsOf } from "../ops/layers/norm.ts";
import { numel } from "../values/shape.ts";
import type { ReferenceFunction, ReferenceTable } from "./table.ts";

const none = new Float64Array();
const get = (x: Float64Array, i: number): number => x[i] ?? NaN;
function addAt(x: Float64Array, i: number, value: number): void {
  x[i] = get(x, i) + value;
}

const matmul: ReferenceFunction = ([a = none, b = none], node) => {
  const { transposeA, transposeB } = node.attrs;
  const shape = node.out().shape;
  const [m = 1, n = 1] = shape.slice(-2);
  const k = node.in(0).shape[node.in(0).shape.length - (transposeA ? 2 : 1)] ?? 1;
  const batch = numel(shape) / (m * n);
  const [strideA, strideB] = [a, b].map((x, i) =>
    numel(node.in(i).shape.slice(0, -2)) === 1 ? 0 : x.length / batch,
  ) as [number, number];
  const out = new Float64Array(numel(shape));
  const [rowA, columnA] = transposeA ? [1, m] : [k, 1];
  for (let s = 0; s < batch; s++) {
    // [k, n] in rows, so that the innermost loop reads adjacent elements.
    const rows = transposeB ? transposed(b, s * strideB, n, k) : b;
    const start = transposeB ? 0 : s * strideB;
    for (let i = 0; i < m; i++)
      addProducts(out, (s * m + i) * n, a, s * strideA + i * rowA, columnA, rows, start, k, n);
  }
  return [out];
};

function transposed(x: Float64Array, start: number, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) out[c * rows + r] = x[start + r * columns + c];
  return out;
}

/** Adds to `n` numbers of `out` those of `k` rows of b, each times one number of a: four rows at once, in their order. */
function addProducts(
  out: Float64Array,
  to: number,
  a: Float64Array,
  fromA: number,
  stepA: number,
  b: Float64Array,
  fromB: number,
  k: number,
  n: number,
): void {
  let l = 0;
  for (; l + 4 <= k; l += 4) {
    const at = fromA + l * stepA;
    const [x0, x1, x2, x3] = [a[at], a[at + stepA], a[at + 2 * stepA], a[at + 3 * stepA]];
    const [b0, b1, b2, b3] = [fromB + l * n, fromB + (l + 1) * n, fromB + (l + 2) * n, fromB + (l + 3) * n];
    for (let j = 0; j < n; j++)
      out[to + j] = out[to + j] + x0 * b[b0 + j] + x1 * b[b1 + j] + x2 * b[b2 + j] + x3 * b[b3 + j];
  }
  for (; l < k; l++) {
    const x = a[fromA + l * stepA];
    for (let j = 0; j < n; j++) out[to + j] += x * b[fromB + l * n + j];
  }
}

/** Mean square of each row plus epsilon, to the power -1/2. */
function inverseRms(x: Float64Array, row: number, width: number, epsilon: number): number {
  let sum = 0;
  for (let c = 0; c < width; c++) sum += get(x, row * width + c) ** 2;
  return 1 / Math.sqrt(sum / width + epsilon);
}

const rmsNorm: ReferenceFunction = ([x = none, gain], node) => {
  const { rows, width } = rowsOf(node.out().shape);
  const out = new Float64Array(x.length);
  for (let r = 0; r < rows; r++) {
    const inverse = inverseRms(x, r, width, node.attrs.epsilon as number);
    for (let c = 0; c < width; c++)
      out[r * width + c] = get(x, r * width + c) * inverse * (gain ? get(gain, c) : 1);
  }
  return [out];
};

/** dx = (d - x̂ mean(d x̂)) / rms with d = g gain and x̂ = x / rms; dgain = Σ g x̂, in parts of equal size. */
function rmsNormGrad(
  x: Float64Array,
  gain: Float64Array | null,
  g: Float64Array,
  width: number,
  epsilon: number,
  parts = 1,
): Float64Array[] {
  const dx = new Float64Array(x.length);
  const rows = x.length / width;
  const dgain = new Float64Array(parts * width);
  for (let r = 0; r < rows; r++) {
    const part = Math.floor(r / Math.ceil(rows / parts));
    const inverse = inverseRms(x, r, width, epsilon);
    let mean = 0;
    for (let c = 0; c < width; c++) {
      const i = r * width + c;
      const hat = get(x, i) * inverse;
      mean += (get(g, i) * (gain ? get(gain, c) : 1) * hat) / width;
      addAt(dgain, part * width + c, get(g, i) * hat);
    }
    for (let c = 0; c < width; c++) {
      const i = r * width + c;
      dx[i] = (get(g, i) * (gain ? get(gain, c) : 1) - get(x, i) * inverse * mean) * inverse;
    }
  }
  return gain ? [dx, dgain] : [dx];
}

/** Standardised rows (x - mean) / sqrt(variance + epsilon), and 1 / sqrt(variance + epsilon). */
function standardise(
  x: Float64Array,
  row: number,
  width: number,
  epsilon: number,
): { hat: Float64Array; inverse: number } {
  const values = x.subarray(row * width, (row + 1) * width);
  const mean = values.reduce((a, b) => a + b, 0) / width;
  const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / width;
  const inverse = 1 / Math.sqrt(variance + epsilon);
  return { hat: values.map((v) => (v - mean) * inverse), inverse };
}

const layerNormGrad: ReferenceFunction = ([x = none, gain = none, g = none], node) => {
  const { rows, width } = rowsOf(node.out().shape);
  const [dx, dgain, dbias] = [new Float64Array(x.length), new Float64Array(width), new Float64Array(width)];
  for (let r = 0; r < rows; r++) {
    const { hat, inverse } = standardise(x, r, width, node.attrs.epsilon as number);
    let meanD = 0;
    let meanDHat = 0;
    for (let c = 0; c < width; c++) {
      const up = get(g, r * width + c);
      addAt(dgain, c, up * get(hat, c));
      addAt(dbias, c, up);
      meanD += (up * get(gain, c)) / width;
      meanDHat += (up * get(gain, c) * get(hat, c)) / width;
    }
    for (let c = 0; c < width; c++)
      dx[r * width + c] = (get(g, r * width + c) * get(gain, c) - meanD - get(hat, c) * meanDHat) * inverse;
  }
  return [dx, dgain, dbias];
};

/** Rotation by -t base^(-2i/D) of pairs (i, i + D/2), or back. */
function rotate(x: Float64Array, shape: readonly number[], base: number, direction: 1 | -1): Float64Array {
  const [, T = 1, H = 1, D = 2] = shape;
  const out = new Float64Array(x.length);
  for (let row = 0; row < x.length / D; row++) {
    const t = Math.floor(row / H) % T;
    for (let i = 0; i < D / 2; i++) {
      const angle = -direction * t * base ** ((-2 * i) / D);
      const [a, b] = [get(x, row * D + i), get(x, row * D + i + D / 2)];
      out[row * D + i] = a * Math.cos(angle) - b * Math.sin(angle);
      out[row * D + i + D / 2] = a * Math.sin(angle) + b * Math.cos(angle);
    }
  }
  return out;
}

const rope: ReferenceFunction = ([x = none], node) => {
  const { base, norm } = node.attrs as { base: number; norm: number };
  const shape = node.out().shape;
  const D = shape[3] ?? 2;
  const y = rotate(x, shape, base, 1);
  if (norm < 0) return [y];
  return [y.map((value, i) => value * inverseRms(y, Math.floor(i / D), D, norm))];
};

const ropeGrad: ReferenceFunction = ([x = none, g = none], node) => {
  const { base, norm } = node.attrs as { base: number; norm: number };
  const shape = node.out().shape;
  if (norm < 0) return [rotate(g, shape, base, -1)];
  const [d = none] = rmsNormGrad(rotate(x, shape, base, 1), null, g, shape[3] ?? 2, norm);
  return [rotate(d, shape, base, -1)];
};

/** Probability of each key for one query: the row of the score matrix, with its log-sum-exp. */
function attend(
  q: Float64Array,
  k: Float64Array,
  s: ReturnType<typeof attentionShape>,
  b: number,
  h: number,
  t: number,
) {
  const { T, heads, kvHeads, dim, window, scale } = s;
  const group = Math.floor((h * kvHeads) / heads);
  const first = window === undefined ? 0 : Math.max(0, t - window + 1);
  const scores: number[] = [];
  for (let j = first; j <= t; j++) {
    let dot = 0;
    for (let d = 0; d < dim; d++)
      dot += get(q, ((b * T + t) * heads + h) * dim + d) * get(k, ((b * T + j) * kvHeads + group) * dim + d);
    scores.push(dot * scale);
  }
  const max = Math.max(...scores);
  const lse = max + Math.log(scores.reduce((sum, x) => sum + Math.exp(x - max), 0));
  return { group, first, lse, p: scores.map((x) => Math.exp(x - lse)) };
}

const attention: ReferenceFunction = ([q = none, k = none, v = none], node) => {
  const s = attentionShape(node.in(0), node.in(1), node.attrs);
  const { B, T, heads, kvHeads, dim } = s;
  const out = new Float64Array(q.length);
  const lse = new Float64Array(B * heads * T);
  for (let b = 0; b < B; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < T; t++) {
        const row = attend(q, k, s, b, h, t);
        lse[(b * heads + h) * T + t] = row.lse;
        row.p.forEach((p, i) => {
          for (let d = 0; d < dim; d++)
            addAt(
              out,
              ((b * T + t) * heads + h) * dim + d,
              p * get(v, ((b * T + row.first + i) * kvHeads + row.group) * dim + d),
            );
        });
      }
  return [out, lse];
};

const attentionGrad: ReferenceFunction = ([q = none, k = none, v = none, y = none, , g = none], node) => {
  const s = attentionShape(node.in(0), node.in(1), node.attrs);
  const { B, T, heads, kvHeads, dim, scale } = s;
  const [dq, dk, dv] = [q, k, v].map((x) => new Float64Array(x.length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let b = 0; b < B; b++)
    for (let h = 0; h < heads; h++)
      for (let t = 0; t < T; t++) {
        const row = attend(q, k, s, b, h, t);
        const qi = ((b * T + t) * heads + h) * dim;
        let delta = 0;
        for (let d = 0; d < dim; d++) delta += get(g, qi + d) * get(y, qi + d);
        row.p.forEach((p, i) => {
          const ki = ((b * T + row.first + i) * kvHeads + row.group) * dim;
          let dp = 0;
          for (let d = 0; d < dim; d++) dp += get(g, qi + d) * get(v, ki + d);
          const ds = p * (dp - delta) * scale;
          for (let d = 0; d < dim; d++) {
            addAt(dq, qi + d, ds * get(k, ki + d));
            addAt(dk, ki + d, ds * get(q, qi + d));
            addAt(dv, ki + d, p * get(g, qi + d));
          }
        });
      }
  return [dq, dk, dv];
};

const crossEntropy: ReferenceFunction = ([z = none, targets = none], node) => {
  const { rows, width } = rowsOf(node.in(0).shape);
  const cap = node.attrs.softcap as number;
  const loss = new Float64Array(rows);
  const lse = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const row = z.subarray(r * width, (r + 1) * width).map((x) => (cap > 0 ? cap * Math.tanh(x / cap) : x));
    const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
    lse[r] = max + Math.log(row.reduce((sum, x) => sum + Math.exp(x - max), 0));
    const target = get(targets, r);
    loss[r] = target < width ? get(lse, r) - get(row, target) : 0;
  }
  return [loss, lse];
};

const crossEntropyGrad: ReferenceFunction = ([z = none, targets = none, lse = none, g = none], node) => {
  const { width } = rowsOf(node.in(0).shape);
  const cap = node.attrs.softcap as number;
  return [
    z.map((x, i) => {
      const r = Math.floor(i / width);
      const target = get(targets, r);
      if (target >= width) return 0;
      const t = cap > 0 ? Math.tanh(x / cap) : 0;
      const capped = cap > 0 ? cap * t : x;
      return get(g, r) * (Math.exp(capped - get(lse, r)) - (i % width === target ? 1 : 0)) * (1 - t * t);
    }),
  ];
};

export const modelReference: ReferenceTable = {
  matmul,
  rmsNorm,
  rmsNormGrad(inputs, node) {
    const gain = inputs.length === 3 ? (inputs[1] ?? null) : null;
    return rmsNormGrad(
      inputs[0] ?? none,
      gain,
      inputs[inputs.length - 1] ?? none,
      rowsOf(node.out().shape).width,
      node.attrs.epsilon as number,
      node.outputs[1]?.shape[0],
    );
  },
  gainGrad([parts = none], node) {
    const sum = new Float64Array(numel(node.out().shape));
    parts.forEach((part, i) => {
      addAt(sum, i % sum.length, part);
    });
    return [sum];
  },
  layerNorm([x = none, gain = none, bias = none], node) {
    const { rows, width } = rowsOf(node.out().shape);
    const out = new Float64Array(x.length);
    for (let r = 0; r < rows; r++)
      standardise(x, r, width, node.attrs.epsilon as number).hat.forEach((hat, c) => {
        out[r * width + c] = hat * get(gain, c) + get(bias, c);
      });
    return [out];
  },
  layerNormGrad,
  softmax([x = none], node) {
    const { rows, width } = rowsOf(node.out().shape);
    const out = new Float64Array(x.length);
    for (let r = 0; r < rows; r++) {
      const row = x.subarray(r * width, (r + 1) * width);
      const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
      const e = row.map((value) => Math.exp(value - max));
      const sum = e.reduce((a, b) => a + b, 0);
      out.set(
        e.map((value) => value / sum),
        r * width,
      );
    }
    return [out];
  },
  softmaxGrad([y = none, g = none], node) {
    const { width } = rowsOf(node.out().shape);
    const out = new Float64Array(y.length);
    for (let i = 0; i < y.length; i++) {
      const start = i - (i % width);
      let dot = 0;
      for (let c = 0; c < width; c++) dot += get(y, start + c) * get(g, start + c);
      out[i] = get(y, i) * (get(g, i) - dot);
    }
    return [out];
  },
  rope,
  ropeGrad,
  attention,
  attentionGrad,
  embedding([table = none, tokens = none], node) {
    const [vocab = 1, width = 1] = node.in(0).shape;
    const out = new Float64Array(numel(node.out().shape));
    tokens.forEach((token, i) => {
      const row = Math.min(token, vocab - 1);
      out.set(table.subarray(row * width, (row + 1) * width), i * width);
    });
    return [out];
  },
  embeddingGrad([g = none, tokens = none], node) {
    const [vocab = 1, width = 1] = node.out().shape;
    const out = new Float64Array(vocab * width);
    tokens.forEach((token, i) => {
      for (let c = 0; c < width; c++)
        addAt(out, Math.min(token, vocab - 1) * width + c, get(g, i * width + c));
    });
    return [out];
  },
  crossEntropy,
  crossEntropyGrad,
};
