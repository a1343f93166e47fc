// Gather, scatter, arg max, one-hot, casts, shifts, log-sum-exp and short convolution in float64.

import type { Node } from "../graph/graph.ts";
import { aroundAxis } from "../ops/basic/indexing.ts";
import { rowsOf } from "../ops/layers/norm.ts";
import { numel } from "../values/shape.ts";
import type { ReferenceTable } from "./table.ts";

const none = new Float64Array();
const get = (x: Float64Array, i: number): number => x[i] ?? NaN;
function addAt(x: Float64Array, i: number, value: number): void {
  x[i] = get(x, i) + value;
}

/** Calls `f` with each element (o, j, i) of the index and the place in [outer, length, inner] that it points to. */
function eachIndex(
  node: Node,
  index: Float64Array,
  length: number,
  f: (from: number, to: number) => void,
): void {
  const { length: count, inner } = aroundAxis(node.in(1).shape, node.attrs.axis as number);
  index.forEach((value, at) => {
    const outer = Math.floor(at / (count * inner));
    f((outer * length + Math.min(value, length - 1)) * inner + (at % inner), at);
  });
}

export const indexingReference: ReferenceTable = {
  gather([x = none, index = none], node) {
    const y = new Float64Array(index.length);
    eachIndex(node, index, aroundAxis(node.in(0).shape, node.attrs.axis as number).length, (from, at) => {
      y[at] = get(x, from);
    });
    return [y];
  },
  scatterAdd([x = none, index = none], node) {
    const y = new Float64Array(numel(node.out().shape));
    eachIndex(node, index, node.attrs.length as number, (to, at) => {
      addAt(y, to, get(x, at));
    });
    return [y];
  },
  argmax([x = none], node) {
    const { outer, length, inner } = aroundAxis(node.in(0).shape, node.attrs.axis as number);
    return [
      Float64Array.from({ length: outer * inner }, (_, line) => {
        const at = (l: number) => get(x, (Math.floor(line / inner) * length + l) * inner + (line % inner));
        let best = 0;
        for (let l = 1; l < length; l++) if (at(l) > at(best)) best = l;
        return best;
      }),
    ];
  },
  oneHot([tokens = none], node) {
    const depth = node.attrs.depth as number;
    return [
      Float64Array.from({ length: tokens.length * depth }, (_, i) =>
        get(tokens, Math.floor(i / depth)) === i % depth ? 1 : 0,
      ),
    ];
  },
  cast([x = none], node) {
    return [node.attrs.to === "f32" ? x : x.map((v) => Math.min(2 ** 32 - 1, Math.max(0, Math.trunc(v))))];
  },
  shift([x = none], node) {
    const { axis, by } = node.attrs as { axis: number; by: number };
    const { length, inner } = aroundAxis(node.out().shape, axis);
    return [
      x.map((_, i) => {
        const l = (Math.floor(i / inner) % length) - by;
        return l >= 0 && l < length ? get(x, i - by * inner) : 0;
      }),
    ];
  },
  logsumexp([x = none], node) {
    const { rows, width } = rowsOf(node.in(0).shape);
    return [
      Float64Array.from({ length: rows }, (_, r) => {
        const row = x.subarray(r * width, (r + 1) * width);
        const max = row.reduce((a, b) => Math.max(a, b), -Infinity);
        return max + Math.log(row.reduce((sum, value) => sum + Math.exp(value - max), 0));
      }),
    ];
  },
  causalConv: ([x = none, w = none], node) => [convolve(node, x, w, 1)],
  causalConvGrad: ([g = none, w = none], node) => [convolve(node, g, w, -1)],
  causalConvGradWeight([x = none, g = none], node) {
    const taps = node.attrs.taps as number;
    const [, T = 1, C = 1] = node.in(0).shape;
    const dw = new Float64Array(taps * C);
    g.forEach((up, i) => {
      const t = Math.floor(i / C) % T;
      for (let j = 0; j < Math.min(taps, t + 1); j++) addAt(dw, j * C + (i % C), up * get(x, i - j * C));
    });
    return [dw];
  },
};

/** Convolution that reads back in time, or forward in time for the gradient. */
function convolve(node: Node, x: Float64Array, w: Float64Array, back: 1 | -1): Float64Array {
  const [, T = 1, C = 1] = node.out().shape;
  const taps = w.length / C;
  return x.map((_, i) => {
    const t = Math.floor(i / C) % T;
    let sum = 0;
    for (let j = 0; j < taps; j++) {
      const from = t - back * j;
      if (from >= 0 && from < T) sum += get(w, j * C + (i % C)) * get(x, i - back * j * C);
    }
    return sum;
  });
}
