// Views of the same elements. `view` never copies; the others copy only if a consumer cannot read the elements in
// place.

import { LabError } from "../../../error.ts";
import { define } from "../../graph/graph.ts";
import { record } from "../../tensor/current-recorder.ts";
import * as known from "../../dependence/knowledge.ts";
import {
  axisOf,
  broadcastStrides,
  checkShape,
  numel,
  sameShape,
  show,
  stridesOf,
  type Shape,
} from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { sumTo } from "./reduce.ts";

const viewOp = define({
  name: "view",
  arity: 1,
  attrs: { shape: { kind: "shape" } },
  infer(inputs, attrs) {
    const from = inputs[0].shape;
    const shape = attrs.shape as Shape;
    if (numel(from) !== numel(shape))
      throw new LabError("shape", {
        what: "view: sizes do not fit",
        got: `${show(from)} as ${show(shape)}`,
        expected: `${numel(from)} elements`,
      });
    return [{ shape, dtype: inputs[0].dtype }];
  },
  gradient: (c) => [view(c.grad, c.node.in(0).shape)],
  view: "same",
  follow: ({ inputs: [x], attrs }) => [known.view(x, attrs.shape as Shape)],
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
  view: "same",
  follow: ({ inputs: [x] }) => [x],
});
export function detach(x: Tensor): Tensor {
  return record(detachOp, [x]);
}

const permuteOp = define({
  name: "permute",
  arity: 1,
  attrs: { axes: { kind: "axes" } },
  infer(inputs, attrs) {
    const from = inputs[0].shape;
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
    return [{ shape: axes.map((axis) => from[axis]), dtype: inputs[0].dtype }];
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
  view: "reorder",
  moves: true,
  half: "first",
  follow: ({ inputs: [x], attrs }) => [known.permute(x, attrs.axes as readonly number[])],
  lower(node, lowering) {
    const axes = node.attrs.axes as readonly number[];
    const strides = stridesOf(node.in(0).shape);
    const shape = node.out().shape;
    lowering.copy(lowering.read(node.in(0)), lowering.output(node), {
      shape,
      sourceStrides: axes.map((axis) => strides[axis]),
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

const expandOp = define({
  name: "expand",
  arity: 1,
  attrs: { shape: { kind: "shape" } },
  infer(inputs, attrs) {
    const from = inputs[0].shape;
    const shape = attrs.shape as Shape;
    const lead = shape.length - from.length;
    if (lead < 0 || from.some((size, i) => size !== 1 && size !== shape[i + lead]))
      throw new LabError("shape", {
        what: "expand: sizes do not fit",
        got: `${show(from)} to ${show(shape)}`,
        expected: "sizes equal, or 1 where they grow",
      });
    return [{ shape, dtype: inputs[0].dtype }];
  },
  gradient: (c) => [sumTo(c.grad, c.node.in(0).shape)],
  view: "repeat",
  moves: true,
  half: "first",
  follow: ({ inputs: [x], attrs }) => [known.expand(x, attrs.shape as Shape)],
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
  const sizes = shape.map((size, i) => (size === -1 ? x.shape[i - lead] : size));
  if (sameShape(sizes, x.shape)) return x;
  checkShape("expand", sizes);
  return record(expandOp, [x], { shape: sizes });
}
