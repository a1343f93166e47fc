// Views, copies and reductions in float64.

import type { Node } from "../graph/graph.ts";
import { broadcastStrides, numel, stridesOf, type Shape } from "../values/shape.ts";
import { philox } from "./random.ts";
import type { ReferenceTable } from "./table.ts";

/** Gathers: element at coordinates c of the result is source[offset + Σ c strides]; NaN-free for indices in range. */
function gather(source: Float64Array, shape: Shape, strides: readonly number[], offset = 0): Float64Array {
  const own = stridesOf(shape);
  return Float64Array.from({ length: numel(shape) }, (_, i) => {
    let rest = i;
    let index = offset;
    for (let axis = 0; axis < shape.length; axis++) {
      const step = own[axis];
      index += Math.floor(rest / step) * strides[axis];
      rest %= step;
    }
    return source[index];
  });
}

function scatter(
  target: Float64Array,
  source: Float64Array,
  shape: Shape,
  strides: readonly number[],
  offset: number,
): void {
  const own = stridesOf(shape);
  for (let i = 0; i < source.length; i++) {
    let rest = i;
    let index = offset;
    for (let axis = 0; axis < shape.length; axis++) {
      const step = own[axis];
      index += Math.floor(rest / step) * strides[axis];
      rest %= step;
    }
    target[index] = source[i];
  }
}

function split(shape: Shape, axis: number, count: number): [outer: number, length: number, inner: number] {
  return [
    numel(shape.slice(0, axis)),
    numel(shape.slice(axis, axis + count)),
    numel(shape.slice(axis + count)),
  ];
}

function reduce(node: Node, x: Float64Array): Float64Array {
  const { kind, axis, count } = node.attrs as { kind: string; axis: number; count: number };
  const [outer, length, inner] = split(node.in(0).shape, axis, count);
  return Float64Array.from({ length: outer * inner }, (_, i) => {
    const start = Math.floor(i / inner) * length * inner + (i % inner);
    let value = kind === "max" ? -Infinity : kind === "min" ? Infinity : 0;
    for (let k = 0; k < length; k++) {
      const element = x[start + k * inner];
      value =
        kind === "max"
          ? Math.max(value, element)
          : kind === "min"
            ? Math.min(value, element)
            : value + element;
    }
    return kind === "mean" ? value / length : value;
  });
}

const same = ([x]: readonly Float64Array[]): Float64Array[] => [x];

export const shapeReference: ReferenceTable = {
  view: same,
  detach: same,
  updated: same,
  permute([x], node) {
    const strides = stridesOf(node.in(0).shape);
    const axes = node.attrs.axes as readonly number[];
    return [
      gather(
        x,
        node.out().shape,
        axes.map((axis) => strides[axis]),
      ),
    ];
  },
  narrow([x], node) {
    const strides = stridesOf(node.in(0).shape);
    const { axis, start } = node.attrs as { axis: number; start: number };
    return [gather(x, node.out().shape, strides, start * strides[axis])];
  },
  expand: ([x], node) => [gather(x, node.out().shape, broadcastStrides(node.in(0).shape, node.out().shape))],
  pad([x], node) {
    const out = new Float64Array(numel(node.out().shape));
    const { axis, before } = node.attrs as { axis: number; before: number };
    const strides = stridesOf(node.out().shape);
    scatter(out, x, node.in(0).shape, strides, before * strides[axis]);
    return [out];
  },
  cat(inputs, node) {
    const out = new Float64Array(numel(node.out().shape));
    const axis = node.attrs.axis as number;
    const strides = stridesOf(node.out().shape);
    let offset = 0;
    inputs.forEach((x, i) => {
      scatter(out, x, node.in(i).shape, strides, offset);
      offset += node.in(i).shape[axis] * strides[axis];
    });
    return [out];
  },
  full: (_, node) => [new Float64Array(numel(node.out().shape)).fill(node.numbers[0])],
  random: (_, node) => [
    philox(numel(node.out().shape), node.numbers[0], node.attrs.kind as "uniform" | "normal"),
  ],
  reduce: ([x], node) => [reduce(node, x)],
  cumsum([x], node) {
    const [outer, length, inner] = split(node.out().shape, node.attrs.axis as number, 1);
    const out = x.slice();
    for (let o = 0; o < outer; o++)
      for (let k = 1; k < length; k++)
        for (let i = 0; i < inner; i++) {
          const at = (o * length + k) * inner + i;
          out[at] = out[at] + out[at - inner];
        }
    return [out];
  },
};
