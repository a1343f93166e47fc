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
  const values: Float64Array[] = node.inputs.map((input, k) => broadcast(inputs[k], input.shape, shape));
  const get = (k: number): Float64Array => {
    const array = values[k];
    assert(array, "an instruction reads a later one");
    return array;
  };
  const push = (of: (i: number) => number): number => {
    const made = new Float64Array(count);
    for (let i = 0; i < count; i++) made[i] = of(i);
    values.push(made);
    return values.length - 1;
  };
  const emitter: PointwiseEmitter = {
    unary: (op, a) => {
      const [f, x] = [unaryFunctions[op], get(a)];
      return push((i) => f(x[i] ?? NaN));
    },
    binary: (op, a, b) => {
      const [f, x, y] = [binaryFunctions[op], get(a), get(b)];
      return push((i) => f(x[i] ?? NaN, y[i] ?? NaN));
    },
    where: (c, a, b) => {
      const [which, x, y] = [get(c), get(a), get(b)];
      return push((i) => (which[i] !== 0 ? (x[i] ?? NaN) : (y[i] ?? NaN)));
    },
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

/** An operand in the result's shape; itself where it has that shape already, because nothing writes to operands. */
function broadcast(array: Float64Array | undefined, from: Shape, to: Shape): Float64Array {
  assert(array, "an operand has no values");
  if (numel(from) === numel(to)) return array; // axes of length 1 at most tell the two apart
  const indices = broadcastIndices(from, to);
  const made = new Float64Array(indices.length);
  for (let i = 0; i < made.length; i++) made[i] = array[indices[i] ?? 0] ?? NaN;
  return made;
}
