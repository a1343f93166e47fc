// Pieces of tensors: narrow and its gradient pad, cat, stack.

import { LabError } from "../../../error.ts";
import { checkInteger, needTensors } from "../../tensor/check-argument.ts";
import { define } from "../../graph/graph.ts";
import { record } from "../../tensor/current-recorder.ts";
import { axisOf, checkShape, numel, show, stridesOf } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as known from "../../dependence/knowledge.ts";
import * as rules from "../../dependence/rules/rules.ts";
import { view } from "./views.ts";

const narrowOp = define({
  name: "narrow",
  arity: 1,
  attrs: {
    axis: { kind: "integer", min: 0, max: 7 },
    start: { kind: "integer", min: 0, max: 2 ** 31 },
    length: { kind: "integer", min: 1, max: 2 ** 31 },
  },
  infer(inputs, attrs) {
    const from = inputs[0].shape;
    const { axis, start, length } = attrs as { axis: number; start: number; length: number };
    axisOf("narrow", axis, from.length);
    if (start < 0 || length < 1 || start + length > from[axis])
      throw new LabError("shape", {
        what: "narrow: out of range",
        got: `${start} to ${start + length}`,
        expected: `within axis ${axis} of ${show(from)}`,
      });
    return [{ shape: from.map((size, i) => (i === axis ? length : size)), dtype: inputs[0].dtype }];
  },
  gradient(c) {
    const { axis, start, length } = c.node.attrs as { axis: number; start: number; length: number };
    return [pad(c.grad, axis, start, c.node.in(0).shape[axis] - start - length)];
  },
  view: "piece",
  moves: true,
  half: "first",
  follow({ inputs: [x], attrs }) {
    const { axis, start, length } = attrs as { axis: number; start: number; length: number };
    return [rules.narrowed(x, axis, start, length)];
  },
  lower(node, lowering) {
    const { axis, start } = node.attrs as { axis: number; start: number };
    const sourceStrides = stridesOf(node.in(0).shape);
    const shape = node.out().shape;
    lowering.copy(lowering.read(node.in(0)), lowering.output(node), {
      shape,
      sourceStrides,
      sourceOffset: start * sourceStrides[axis],
      targetStrides: stridesOf(shape),
      targetOffset: 0,
    });
  },
});
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const a = axisOf("narrow", axis, x.shape.length);
  checkInteger("narrow: start", start, 0);
  checkInteger("narrow: length", length, 1);
  if (start === 0 && length === x.shape[a]) return x;
  return record(narrowOp, [x], { axis: a, start, length });
}

export const padOp = define({
  name: "pad",
  arity: 1,
  attrs: {
    axis: { kind: "integer", min: 0, max: 7 },
    before: { kind: "integer", min: 0, max: 2 ** 31 },
    after: { kind: "integer", min: 0, max: 2 ** 31 },
  },
  infer(inputs, attrs) {
    const from = inputs[0].shape;
    const { axis, before, after } = attrs as { axis: number; before: number; after: number };
    axisOf("pad", axis, from.length);
    const shape = from.map((size, i) => (i === axis ? size + before + after : size));
    checkShape("pad", shape);
    return [{ shape, dtype: inputs[0].dtype }];
  },
  gradient(c) {
    const { axis, before } = c.node.attrs as { axis: number; before: number };
    return [narrow(c.grad, axis, before, c.node.in(0).shape[axis])];
  },
  moves: true,
  half: "first",
  follow({ inputs: [x], attrs }) {
    const { axis, before, after } = attrs as { axis: number; before: number; after: number };
    return [rules.padded(x, axis, before, after)];
  },
  lower(node, lowering) {
    const { axis, before } = node.attrs as { axis: number; before: number };
    const shape = node.in(0).shape;
    const targetStrides = stridesOf(node.out().shape);
    const output = lowering.output(node);
    lowering.fill(output, { kind: "constant", value: 0 });
    lowering.copy(lowering.read(node.in(0)), output, {
      shape,
      sourceStrides: stridesOf(shape),
      sourceOffset: 0,
      targetStrides,
      targetOffset: before * targetStrides[axis],
      partial: true,
    });
  },
});
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  checkInteger("pad: before", before, 0);
  checkInteger("pad: after", after, 0);
  if (before === 0 && after === 0) return x;
  return record(padOp, [x], { axis: axisOf("pad", axis, x.shape.length), before, after });
}

const catOp = define({
  name: "cat",
  arity: [1, 1024],
  attrs: { axis: { kind: "integer", min: 0, max: 7 } },
  infer(inputs, attrs) {
    const axis = attrs.axis as number;
    const first = inputs[0];
    if (!first) throw new LabError("value", "cat: needs at least one tensor");
    axisOf("cat", axis, first.shape.length);
    for (const { shape, dtype } of inputs) {
      if (dtype !== first.dtype)
        throw new LabError("dtype", { what: "cat: element types differ", got: dtype, expected: first.dtype });
      if (
        shape.length !== first.shape.length ||
        shape.some((size, i) => i !== axis && size !== first.shape[i])
      )
        throw new LabError("shape", {
          what: "cat: shapes differ off the axis",
          got: show(shape),
          expected: `${show(first.shape)} except on axis ${axis}`,
        });
    }
    const size = inputs.reduce((n, { shape }) => n + shape[axis], 0);
    const shape = first.shape.map((s, i) => (i === axis ? size : s));
    checkShape("cat", shape);
    return [{ shape, dtype: first.dtype }];
  },
  gradient(c) {
    const axis = c.node.attrs.axis as number;
    let start = 0;
    return c.node.inputs.map((input) => {
      const length = input.shape[axis];
      start += length;
      return narrow(c.grad, axis, start - length, length);
    });
  },
  moves: true,
  half: "first",
  joins: (node) => numel(node.out().shape.slice(0, node.attrs.axis as number)) === 1,
  follow: ({ inputs, attrs }) => [known.cat(inputs, attrs.axis as number)],
  lower(node, lowering) {
    const axis = node.attrs.axis as number;
    const output = lowering.output(node);
    const targetStrides = stridesOf(node.out().shape);
    let targetOffset = 0;
    for (const input of node.inputs) {
      const piece = lowering.read(input);
      // A piece along the leading axis may have been computed directly in its place.
      if (piece.buffer !== output.buffer || piece.offset !== output.offset + targetOffset)
        lowering.copy(piece, output, {
          shape: input.shape,
          sourceStrides: stridesOf(input.shape),
          sourceOffset: 0,
          targetStrides,
          targetOffset,
          partial: true,
        });
      targetOffset += input.shape[axis] * targetStrides[axis];
    }
  },
});
/** Joins tensors along an axis, the only one in which their sizes may differ. */
export function cat(tensors: readonly Tensor[], axis = 0): Tensor {
  needTensors("cat", tensors);
  const first = tensors[0];
  return tensors.length === 1
    ? first
    : record(catOp, tensors, { axis: axisOf("cat", axis, first.shape.length) });
}
/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  needTensors("stack", tensors);
  const rank = tensors[0].shape.length + 1;
  const a = axisOf("stack", axis, rank);
  return cat(
    tensors.map((x) => view(x, [...x.shape.slice(0, a), 1, ...x.shape.slice(a)])),
    a,
  );
}
