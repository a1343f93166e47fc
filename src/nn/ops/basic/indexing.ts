// Elements by index: gather and its gradient scatterAdd, argmax, one-hot rows, casts, draws from logits.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import { define, type Meta, type Node } from "../../graph/graph.ts";
import { gather as gatherKernel, scatterAdd as scatterKernel } from "../../kernels/layers/embedding.ts";
import { argMax, cast as castKernel, oneHot as oneHotKernel } from "../../kernels/basic/indexing.ts";
import type { Capabilities, Kernel } from "../../kernels/kernel.ts";
import type { Lowering } from "../../graph/lowering.ts";
import { record } from "../../tensor/current-recorder.ts";
import { axisOf, numel, show, type Shape } from "../../values/shape.ts";
import { showValue } from "../../values/show-value.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as indexed from "../../dependence/rules/indexed.ts";
import { random } from "./create.ts";
import { needFloat } from "./pointwise.ts";

const MAX_INDEX = 2 ** 31 - 1;

/** The axes before, at and after one axis as three sizes. */
export function aroundAxis(shape: Shape, axis: number): { outer: number; length: number; inner: number } {
  return {
    outer: numel(shape.slice(0, axis)),
    length: shape[axis],
    inner: numel(shape.slice(axis + 1)),
  };
}

function needTokens(what: string, index: Meta | undefined): void {
  if (index?.dtype !== "u32")
    throw new LabError("dtype", {
      what: `${what}: the index`,
      got: index?.dtype,
      expected: "u32",
      hint: "x.uint() converts",
    });
}

function needEqualOffAxis(what: string, x: Shape, index: Shape, axis: number): void {
  axisOf(what, axis, x.length);
  if (index.length !== x.length || index.some((size, i) => i !== axis && size !== x[i]))
    throw new LabError("shape", {
      what: `${what}: shapes differ off the axis`,
      got: `${show(x)} by index ${show(index)}`,
      expected: `${show(x)} except on axis ${axis}`,
      hint: "expand the index",
    });
}

const gatherOp = define({
  name: "gather",
  arity: 2,
  attrs: { axis: { kind: "integer", min: 0, max: 7 } },
  infer([x, index], attrs) {
    const from = x.shape;
    const shape = index.shape;
    needFloat("gather", x ? [x] : []);
    needTokens("gather", index);
    needEqualOffAxis("gather", from, shape, attrs.axis as number);
    return [{ shape, dtype: "f32" }];
  },
  gradient(c) {
    const axis = c.node.attrs.axis as number;
    return [scatterAdd(c.grad, axis, c.input(1), c.node.in(0).shape[axis]), null];
  },
  follow: (node) => [indexed.gathered(node, node.attrs.axis as number)],
  lower(node, lowering) {
    const axis = node.attrs.axis as number;
    const kernel = gatherKernel(lowering.caps, {
      ...aroundAxis(node.in(0).shape, axis),
      count: node.in(1).shape[axis],
    });
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.read(node.in(1)), lowering.output(node)]);
  },
});

/** As torch.gather: y[.., j, ..] = x[.., index[.., j, ..], ..]. The index (u32) has x's shape except on the axis. */
export function gather(x: Tensor, axis: number, index: Tensor): Tensor {
  needTensor("gather", x);
  return record(gatherOp, [x, index], { axis: axisOf("gather", axis, x.shape.length) });
}

const scatterAddOp = define({
  name: "scatterAdd",
  // Every element of the result reads every index of its line.
  work: ({ inputs: [x], outputs: [y], attrs }) => numel(y.shape) * x.shape[attrs.axis as number],
  arity: 2,
  attrs: { axis: { kind: "integer", min: 0, max: 7 }, length: { kind: "integer", min: 1, max: MAX_INDEX } },
  infer([x, index], attrs) {
    const { axis, length } = attrs as { axis: number; length: number };
    const from = x.shape;
    needFloat("scatterAdd", x ? [x] : []);
    needTokens("scatterAdd", index);
    needEqualOffAxis("scatterAdd", from, index.shape, axis);
    if (index.shape[axis] !== from[axis])
      throw new LabError("shape", {
        what: "scatterAdd: the index does not fit",
        got: show(index.shape),
        expected: show(from),
      });
    return [{ shape: from.map((size, i) => (i === axis ? length : size)), dtype: "f32" }];
  },
  gradient: (c) => [gather(c.grad, c.node.attrs.axis as number, c.input(1)), null],
  follow: (node) => [indexed.scattered(node, node.attrs.axis as number, node.attrs.length as number)],
  lower(node, lowering) {
    const axis = node.attrs.axis as number;
    const kernel = scatterKernel(lowering.caps, {
      ...aroundAxis(node.out().shape, axis),
      count: node.in(0).shape[axis],
    });
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.read(node.in(1)), lowering.output(node)]);
  },
});

/**
 * The gradient of gather as an operation: y[.., l, ..] is the sum of x[.., j, ..] over all j with index[.., j, ..] = l.
 * x and index (u32) have one shape; the axis of the result has size `length`. The shape fixes the order of each sum.
 */
export function scatterAdd(x: Tensor, axis: number, index: Tensor, length: number): Tensor {
  needTensor("scatterAdd", x);
  return record(scatterAddOp, [x, index], { axis: axisOf("scatterAdd", axis, x.shape.length), length });
}

/** Lowers an operation of one input to one kernel. */
function lowerUnary(
  kernel: (node: Node, caps: Capabilities) => Kernel,
): (node: Node, lowering: Lowering) => void {
  return (node, lowering) => {
    lowering.emit(kernel(node, lowering.caps), [lowering.read(node.in(0)), lowering.output(node)]);
  };
}

const argMaxOp = define({
  name: "argmax",
  arity: 1,
  attrs: { axis: { kind: "integer", min: 0, max: 7 } },
  infer(inputs, attrs) {
    needFloat("argmax", inputs);
    const shape = inputs[0].shape;
    const axis = axisOf("argmax", attrs.axis as number, shape.length);
    return [{ shape: shape.filter((_, i) => i !== axis), dtype: "u32" }];
  },
  follow: ({ inputs: [x], attrs }) => [indexed.indexOfLargest(x, attrs.axis as number)],
  lower: lowerUnary((node, caps) => argMax(caps, aroundAxis(node.in(0).shape, node.attrs.axis as number))),
});

/** Index (u32) of the largest element along an axis (default the last), the first of equal ones; removes the axis. */
export function argmax(x: Tensor, axis = -1): Tensor {
  needTensor("argmax", x);
  return record(argMaxOp, [x], { axis: axisOf("argmax", axis, x.shape.length) });
}

const oneHotOp = define({
  name: "oneHot",
  arity: 1,
  attrs: { depth: { kind: "integer", min: 1, max: MAX_INDEX } },
  infer([tokens], attrs) {
    needTokens("oneHot", tokens);
    return [{ shape: [...tokens.shape, attrs.depth as number], dtype: "f32" }];
  },
  follow: ({ inputs: [tokens], attrs }) => [indexed.hot(tokens, attrs.depth as number)],
  lower: lowerUnary((node, caps) =>
    oneHotKernel(caps, { rows: numel(node.in(0).shape), depth: node.attrs.depth as number }),
  ),
});

/** Rows [..., depth] with a 1 at each of tokens [...] (u32); a token at or past `depth` gives zeros. */
export function oneHot(tokens: Tensor, depth: number): Tensor {
  if (!Number.isInteger(depth) || depth < 1)
    throw new LabError("value", {
      what: "oneHot: bad depth",
      got: showValue(depth),
      expected: "a positive integer",
    });
  return record(oneHotOp, [tokens], { depth });
}

const castOp = define({
  name: "cast",
  arity: 1,
  attrs: { to: { kind: "choice", of: ["f32", "u32"] } },
  infer([x], attrs) {
    const to = attrs.to as "f32" | "u32";
    if (x.dtype === to)
      throw new LabError("dtype", { what: "cast: has this element type already", got: x.dtype });
    return [{ shape: x.shape, dtype: to }];
  },
  follow: ({ inputs: [x], attrs }) => [indexed.converted(x, attrs.to as "f32" | "u32")],
  lower: lowerUnary((node, caps) =>
    castKernel(caps, { count: numel(node.out().shape), to: node.attrs.to as "f32" | "u32" }),
  ),
});

/** Converts numbers to another element type; no gradient flows through. */
export function cast(x: Tensor, to: "f32" | "u32"): Tensor {
  return x.dtype === to ? x : record(castOp, [x], { to });
}

/**
 * One draw (u32) per row from softmax(logits) over the last axis: logits [..., V] to [...]. Adds Gumbel noise and takes
 * the argmax (Gumbel 1954), which needs no sort and no sum. Divide the logits by a temperature first.
 */
export function categorical(logits: Tensor): Tensor {
  needTensor("categorical", logits);
  return argmax(logits.sub(random(logits.shape).log().neg().log()));
}
