// The same elements seen otherwise. `view` never copies; the others are copied only where no consumer can read them
// in place.

import { LabError } from "../../error.ts";
import { define } from "../graph.ts";
import { record } from "../recorder.ts";
import {
  axisOf,
  broadcastStrides,
  checkShape,
  numel,
  sameShape,
  show,
  stridesOf,
  type Shape,
} from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { sumTo } from "./reduce.ts";

export const viewOp = define({
  name: "view",
  arity: 1,
  attrs: { shape: { kind: "shape" } },
  infer(inputs, attrs) {
    const from = inputs[0]?.shape ?? [];
    const shape = attrs.shape as Shape;
    if (numel(from) !== numel(shape))
      throw new LabError("shape", {
        what: "view: sizes do not fit",
        got: `${show(from)} as ${show(shape)}`,
        expected: `${numel(from)} elements`,
      });
    return [{ shape, dtype: inputs[0]?.dtype ?? "f32" }];
  },
  gradient: (c) => [view(c.grad, c.node.in(0).shape)],
});

export function view(x: Tensor, sizes: Shape): Tensor {
  const unknown = sizes.indexOf(-1);
  let shape: Shape = [...sizes];
  if (unknown >= 0) {
    const known = sizes.reduce((n, size, i) => (i === unknown ? n : n * size), 1);
    const rest = numel(x.shape) / known;
    if (!Number.isInteger(rest) || sizes.indexOf(-1, unknown + 1) >= 0)
      throw new LabError("shape", {
        what: "view: cannot infer -1",
        got: `${show(x.shape)} as ${show(sizes)}`,
        expected: "one -1, and sizes that divide the rest",
      });
    shape = sizes.map((size, i) => (i === unknown ? rest : size));
  }
  if (sameShape(shape, x.shape)) return x;
  checkShape("view", shape);
  return record(viewOp, [x], { shape });
}

/** The same values without a gradient. */
const detachOp = define({
  name: "detach",
  arity: 1,
  attrs: {},
  infer: (inputs) => inputs.slice(0, 1).map(({ shape, dtype }) => ({ shape, dtype })),
});
export function detach(x: Tensor): Tensor {
  return record(detachOp, [x]);
}

export const permuteOp = define({
  name: "permute",
  arity: 1,
  attrs: { axes: { kind: "axes" } },
  infer(inputs, attrs) {
    const from = inputs[0]?.shape ?? [];
    const axes = attrs.axes as readonly number[];
    if (
      axes.length !== from.length ||
      new Set(axes).size !== axes.length ||
      axes.some((axis) => axis >= from.length)
    )
      throw new LabError("shape", {
        what: "permute: not a permutation",
        got: show(axes),
        expected: `each of 0 to ${from.length - 1} once`,
      });
    return [{ shape: axes.map((axis) => from[axis] ?? 1), dtype: inputs[0]?.dtype ?? "f32" }];
  },
  gradient(c) {
    const axes = c.node.attrs.axes as readonly number[];
    return [
      permute(
        c.grad,
        axes.map((_, i) => axes.indexOf(i)),
      ),
    ];
  },
  lower(node, lowering) {
    const axes = node.attrs.axes as readonly number[];
    const strides = stridesOf(node.in(0).shape);
    const shape = node.out().shape;
    lowering.copy(lowering.read(node.in(0)), lowering.output(node), {
      shape,
      sourceStrides: axes.map((axis) => strides[axis] ?? 1),
      sourceOffset: 0,
      targetStrides: stridesOf(shape),
      targetOffset: 0,
    });
  },
});
export function permute(x: Tensor, axes: readonly number[]): Tensor {
  const full = axes.map((axis) => axisOf("permute", axis, x.shape.length));
  if (full.length === x.shape.length && full.every((axis, i) => axis === i)) return x;
  return record(permuteOp, [x], { axes: full });
}
export function transpose(x: Tensor, a: number, b: number): Tensor {
  const axes = x.shape.map((_, i) => i);
  const i = axisOf("transpose", a, axes.length);
  const j = axisOf("transpose", b, axes.length);
  axes[i] = j;
  axes[j] = i;
  return permute(x, axes);
}

export const narrowOp = define({
  name: "narrow",
  arity: 1,
  attrs: {
    axis: { kind: "integer", min: 0, max: 7 },
    start: { kind: "integer", min: 0, max: 2 ** 31 },
    length: { kind: "integer", min: 1, max: 2 ** 31 },
  },
  infer(inputs, attrs) {
    const from = inputs[0]?.shape ?? [];
    const { axis, start, length } = attrs as { axis: number; start: number; length: number };
    axisOf("narrow", axis, from.length);
    if (start < 0 || length < 1 || start + length > (from[axis] ?? 0))
      throw new LabError("shape", {
        what: "narrow: out of range",
        got: `${start} to ${start + length}`,
        expected: `within axis ${axis} of ${show(from)}`,
      });
    return [{ shape: from.map((size, i) => (i === axis ? length : size)), dtype: inputs[0]?.dtype ?? "f32" }];
  },
  gradient(c) {
    const { axis, start, length } = c.node.attrs as { axis: number; start: number; length: number };
    return [pad(c.grad, axis, start, (c.node.in(0).shape[axis] ?? 0) - start - length)];
  },
  lower(node, lowering) {
    const { axis, start } = node.attrs as { axis: number; start: number };
    const sourceStrides = stridesOf(node.in(0).shape);
    const shape = node.out().shape;
    lowering.copy(lowering.read(node.in(0)), lowering.output(node), {
      shape,
      sourceStrides,
      sourceOffset: start * (sourceStrides[axis] ?? 1),
      targetStrides: stridesOf(shape),
      targetOffset: 0,
    });
  },
});
export function narrow(x: Tensor, axis: number, start: number, length: number): Tensor {
  const a = axisOf("narrow", axis, x.shape.length);
  if (start === 0 && length === x.shape[a]) return x;
  return record(narrowOp, [x], { axis: a, start, length });
}

export const expandOp = define({
  name: "expand",
  arity: 1,
  attrs: { shape: { kind: "shape" } },
  infer(inputs, attrs) {
    const from = inputs[0]?.shape ?? [];
    const shape = attrs.shape as Shape;
    const lead = shape.length - from.length;
    if (lead < 0 || from.some((size, i) => size !== 1 && size !== shape[i + lead]))
      throw new LabError("shape", {
        what: "expand: sizes do not fit",
        got: `${show(from)} to ${show(shape)}`,
        expected: "sizes equal, or 1 where they grow",
      });
    return [{ shape, dtype: inputs[0]?.dtype ?? "f32" }];
  },
  gradient: (c) => [sumTo(c.grad, c.node.in(0).shape)],
  lower(node, lowering) {
    const shape = node.out().shape;
    lowering.copy(lowering.read(node.in(0)), lowering.output(node), {
      shape,
      sourceStrides: broadcastStrides(node.in(0).shape, shape),
      sourceOffset: 0,
      targetStrides: stridesOf(shape),
      targetOffset: 0,
    });
  },
});
export function expand(x: Tensor, shape: Shape): Tensor {
  const lead = shape.length - x.shape.length;
  const sizes = shape.map((size, i) => (size === -1 ? (x.shape[i - lead] ?? 1) : size));
  if (sameShape(sizes, x.shape)) return x;
  checkShape("expand", sizes);
  return record(expandOp, [x], { shape: sizes });
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
    const from = inputs[0]?.shape ?? [];
    const { axis, before, after } = attrs as { axis: number; before: number; after: number };
    axisOf("pad", axis, from.length);
    const shape = from.map((size, i) => (i === axis ? size + before + after : size));
    checkShape("pad", shape);
    return [{ shape, dtype: inputs[0]?.dtype ?? "f32" }];
  },
  gradient(c) {
    const { axis, before } = c.node.attrs as { axis: number; before: number };
    return [narrow(c.grad, axis, before, c.node.in(0).shape[axis] ?? 1)];
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
      targetOffset: before * (targetStrides[axis] ?? 1),
      partial: true,
    });
  },
});
export function pad(x: Tensor, axis: number, before: number, after: number): Tensor {
  if (before === 0 && after === 0) return x;
  return record(padOp, [x], { axis: axisOf("pad", axis, x.shape.length), before, after });
}

export const catOp = define({
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
    const size = inputs.reduce((n, { shape }) => n + (shape[axis] ?? 0), 0);
    const shape = first.shape.map((s, i) => (i === axis ? size : s));
    checkShape("cat", shape);
    return [{ shape, dtype: first.dtype }];
  },
  gradient(c) {
    const axis = c.node.attrs.axis as number;
    let start = 0;
    return c.node.inputs.map((input) => {
      const length = input.shape[axis] ?? 1;
      start += length;
      return narrow(c.grad, axis, start - length, length);
    });
  },
  lower(node, lowering) {
    const axis = node.attrs.axis as number;
    const output = lowering.output(node);
    const targetStrides = stridesOf(node.out().shape);
    let targetOffset = 0;
    for (const input of node.inputs) {
      const piece = lowering.read(input);
      // A piece along the leading axis may have been computed in its place.
      if (piece.buffer !== output.buffer || piece.offset !== output.offset + targetOffset)
        lowering.copy(piece, output, {
          shape: input.shape,
          sourceStrides: stridesOf(input.shape),
          sourceOffset: 0,
          targetStrides,
          targetOffset,
          partial: true,
        });
      targetOffset += (input.shape[axis] ?? 1) * (targetStrides[axis] ?? 1);
    }
  },
});
/** Joins tensors along an axis they may differ in. */
export function cat(tensors: readonly Tensor[], axis = 0): Tensor {
  const first = tensors[0];
  if (!first) throw new LabError("value", "cat: needs at least one tensor");
  return tensors.length === 1
    ? first
    : record(catOp, tensors, { axis: axisOf("cat", axis, first.shape.length) });
}
/** Joins tensors of one shape along a new axis. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const rank = (tensors[0]?.shape.length ?? 0) + 1;
  const a = axisOf("stack", axis, rank);
  return cat(
    tensors.map((x) => view(x, [...x.shape.slice(0, a), 1, ...x.shape.slice(a)])),
    a,
  );
}
