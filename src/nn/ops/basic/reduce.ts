// Sums, means, extremes and running sums over axes. Internally a reduction runs over several consecutive axes, as the
// gradient of broadcasting requires.

import { LabError } from "../../../error.ts";
import { define, type Attrs } from "../../graph/graph.ts";
import { cumsum as cumsumKernel } from "../../kernels/basic/cumsum.ts";
import { reduce as reduceKernels } from "../../kernels/basic/reduce.ts";
import { record } from "../../tensor/current-recorder.ts";
import { axisOf, numel, sameShape, show, type Shape } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as rules from "../../dependence/rules/rules.ts";
import { needFloat } from "./pointwise.ts";
import { expand, view } from "./views.ts";

type Kind = "sum" | "mean" | "max" | "min";
interface ReduceAttrs {
  kind: Kind;
  axis: number;
  count: number;
  keepdim: boolean;
}

function reducedShape(shape: Shape, axis: number, count: number, keepdim: boolean): Shape {
  return shape.flatMap((size, i) => (i < axis || i >= axis + count ? [size] : keepdim ? [1] : []));
}

const reduceOp = define({
  name: "reduce",
  arity: 1,
  attrs: {
    kind: { kind: "choice", of: ["sum", "mean", "max", "min"] },
    axis: { kind: "integer", min: 0, max: 8 },
    count: { kind: "integer", min: 0, max: 8 },
    keepdim: { kind: "boolean" },
  },
  infer(inputs, attrs) {
    const { kind, axis, count, keepdim } = attrs as unknown as ReduceAttrs;
    needFloat(kind, inputs);
    const shape = inputs[0].shape;
    if (axis + count > shape.length)
      throw new LabError("shape", {
        what: `${kind}: no such axis`,
        got: String(axis + count - 1),
        expected: `axes of ${show(shape)}`,
      });
    return [{ shape: reducedShape(shape, axis, count, keepdim), dtype: "f32" }];
  },
  gradient(c) {
    const { kind, axis, count } = c.node.attrs as unknown as ReduceAttrs;
    const x = c.input(0);
    const kept = reducedShape(x.shape, axis, count, true);
    const g = view(c.grad, kept);
    if (kind === "sum") return [expand(g, x.shape)];
    if (kind === "mean") return [expand(g.mul(numel(kept) / numel(x.shape)), x.shape)];
    // Ties share the gradient.
    const hit = x.eq(view(c.output(0), kept));
    return [hit.mul(g.div(reduceAxes("sum", hit, axis, count, true)))];
  },
  readsChain: true,
  sumsOver({ attrs }) {
    const { kind, axis, count } = attrs as unknown as ReduceAttrs;
    return kind === "sum" ? { axis, count } : null;
  },
  uniform(node, of) {
    const x = of(0);
    if (!x || node.attrs.kind !== "sum") return x;
    const count = numel(node.in(0).shape) / numel(node.out().shape);
    return { kind: "binary", op: "mul", a: x, b: { kind: "constant", value: count } };
  },
  follow({ inputs: [x], attrs }) {
    const { kind, axis, count, keepdim } = attrs as unknown as ReduceAttrs;
    return [rules.reduce(x, kind, axis, count, keepdim)];
  },
  lower(node, lowering) {
    const { kind, axis, count } = node.attrs as unknown as ReduceAttrs;
    const shape = node.in(0).shape;
    const [outer, length, inner] = [
      numel(shape.slice(0, axis)),
      numel(shape.slice(axis, axis + count)),
      numel(shape.slice(axis + count)),
    ];
    const chain = lowering.chain(node.in(0));
    const kernels = reduceKernels(lowering.caps, {
      outer,
      length,
      inner,
      op: kind === "mean" ? "sum" : kind,
      scale: kind === "mean" ? 1 / length : undefined,
      prologue: chain.expression,
      inputs: chain.inputs.map(({ full }) => (full ? [outer, length, inner] : [1, 1, 1])),
    });
    let from = chain.inputs.map(({ operand }) => operand);
    kernels.forEach((kernel, i) => {
      const to = i === kernels.length - 1 ? lowering.output(node) : lowering.scratch(kernel.results);
      lowering.emit(kernel, [...from, to], chain.numbers);
      from = [to];
    });
  },
});

function reduceAxes(kind: Kind, x: Tensor, axis: number, count: number, keepdim: boolean): Tensor {
  const attrs: ReduceAttrs = { kind, axis, count, keepdim };
  return record(reduceOp, [x], attrs as unknown as Attrs);
}

function reduce(kind: Kind, x: Tensor, axis: number | undefined, keepdim: boolean): Tensor {
  if (axis === undefined) return reduceAxes(kind, x, 0, x.shape.length, keepdim);
  return reduceAxes(kind, x, axisOf(kind, axis, x.shape.length), 1, keepdim);
}
export const sum = (x: Tensor, axis?: number, keepdim = false): Tensor => reduce("sum", x, axis, keepdim);
export const mean = (x: Tensor, axis?: number, keepdim = false): Tensor => reduce("mean", x, axis, keepdim);
export const max = (x: Tensor, axis?: number, keepdim = false): Tensor => reduce("max", x, axis, keepdim);
export const min = (x: Tensor, axis?: number, keepdim = false): Tensor => reduce("min", x, axis, keepdim);

/** Sums over the broadcast axes: the gradient of a broadcast operand of the given shape. */
export function sumTo(g: Tensor, shape: Shape): Tensor {
  if (sameShape(g.shape, shape)) return g;
  const lead = g.shape.length - shape.length;
  let x = g;
  // From the back, one run of consecutive broadcast axes at a time.
  for (let end = x.shape.length; end > 0;) {
    const repeated = (i: number) => i < lead || (shape[i - lead] === 1 && g.shape[i] !== 1);
    if (!repeated(end - 1)) {
      end--;
      continue;
    }
    let start = end - 1;
    while (start > 0 && repeated(start - 1)) start--;
    x = reduceAxes("sum", x, start, end - start, false);
    end = start;
  }
  return view(x, shape);
}

const cumsumOp = define({
  name: "cumsum",
  arity: 1,
  attrs: { axis: { kind: "integer", min: 0, max: 7 } },
  infer(inputs, attrs) {
    needFloat("cumsum", inputs);
    const shape = inputs[0].shape;
    axisOf("cumsum", attrs.axis as number, shape.length);
    return [{ shape, dtype: "f32" }];
  },
  // The sum from each element to the end: total - running sum + the element.
  gradient(c) {
    const axis = c.node.attrs.axis as number;
    return [sum(c.grad, axis, true).sub(cumsum(c.grad, axis)).add(c.grad)];
  },
  follow: ({ inputs: [x], attrs }) => [rules.cumulated(x, attrs.axis as number)],
  lower(node, lowering) {
    const axis = node.attrs.axis as number;
    const shape = node.out().shape;
    const kernel = cumsumKernel(lowering.caps, {
      outer: numel(shape.slice(0, axis)),
      length: shape[axis],
      inner: numel(shape.slice(axis + 1)),
    });
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.output(node)]);
  },
});
export function cumsum(x: Tensor, axis: number): Tensor {
  return record(cumsumOp, [x], { axis: axisOf("cumsum", axis, x.shape.length) });
}
