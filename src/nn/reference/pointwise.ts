// Elementwise operations in float64: the same instructions the kernels run, one element at a time.

import type { PointwiseEmitter } from "../kernels/wgsl/expression.ts";
import { assert } from "../../error.ts";
import type { Node } from "../graph/graph.ts";
import { binaryFunctions, unaryFunctions } from "../kernels/wgsl/float64.ts";
import { broadcastStrides, numel, stridesOf, type Shape } from "../values/shape.ts";

/** Element i of a broadcast operand for every i of the result. */
function broadcastIndices(from: Shape, to: Shape): Int32Array {
  const strides = broadcastStrides(from, to);
  const own = stridesOf(to);
  const indices = new Int32Array(numel(to));
  for (let i = 0; i < indices.length; i++) {
    let rest = i;
    let index = 0;
    for (let axis = 0; axis < to.length; axis++) {
      const step = own[axis] ?? 1;
      index += Math.floor(rest / step) * (strides[axis] ?? 0);
      rest %= step;
    }
    indices[i] = index;
  }
  return indices;
}

export function pointwise(node: Node, inputs: readonly Float64Array[]): Float64Array {
  const shape = node.out().shape;
  const count = numel(shape);
  const values: Float64Array[] = node.inputs.map((input, k) => {
    const indices = broadcastIndices(input.shape, shape);
    const array = inputs[k];
    return Float64Array.from(indices, (i) => array?.[i] ?? NaN);
  });
  const push = (f: (i: number) => number): number => {
    values.push(Float64Array.from({ length: count }, (_, i) => f(i)));
    return values.length - 1;
  };
  const get = (k: number): Float64Array => {
    const array = values[k];
    assert(array, "an instruction reads a later one");
    return array;
  };
  const emitter: PointwiseEmitter = {
    unary: (op, a) => push((i) => unaryFunctions[op](get(a)[i] ?? NaN)),
    binary: (op, a, b) => push((i) => binaryFunctions[op](get(a)[i] ?? NaN, get(b)[i] ?? NaN)),
    where: (c, a, b) => push((i) => (get(c)[i] !== 0 ? (get(a)[i] ?? NaN) : (get(b)[i] ?? NaN))),
    constant: (value) => push(() => value),
    number: (slot) => push(() => node.numbers[slot] ?? NaN),
  };
  assert(node.op.pointwise, `${node.op.name} is not elementwise`);
  return get(
    node.op.pointwise(
      emitter,
      node.inputs.map((_, i) => i),
      node,
    ),
  );
}
