// Normalisation over the last axis: RMSNorm (arXiv 1910.07467), LayerNorm (arXiv 1607.06450), softmax.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import { define, type Meta, type Node } from "../../graph/graph.ts";
import * as kernels from "../../kernels/layers/norm.ts";
import type { Lowering, Operand } from "../../graph/lowering.ts";
import { record, recordNode } from "../../tensor/current-recorder.ts";
import { axisOf, numel, show, type Shape } from "../../values/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { needFloat } from "../basic/pointwise.ts";
import * as rules from "../../dependence/rules/rules.ts";
import { ropeWithNorm } from "./rope.ts";
import { permute } from "../basic/views.ts";

const epsilonRule = { epsilon: { kind: "number", min: 0, max: 1 } } as const;

/** Rows and width of a tensor normalised over its last axis. */
export function rowsOf(shape: Shape): { rows: number; width: number } {
  const width = shape[shape.length - 1];
  return { rows: numel(shape) / width, width };
}

function shapeOf(node: Node) {
  return { ...rowsOf(node.out().shape), epsilon: node.attrs.epsilon as number };
}
/** The bindings of the norm kernels: inputs in order, then outputs. */
function operandsOf(node: Node, lowering: Lowering): Operand[] {
  return [
    ...node.inputs.map((input) => lowering.read(input)),
    ...node.outputs.map((_, i) => lowering.output(node, i)),
  ];
}

function checkVector(what: string, x: Meta, vectors: readonly Meta[]): void {
  needFloat(what, [x, ...vectors]);
  const width = x.shape[x.shape.length - 1];
  if (width === undefined)
    throw new LabError("shape", { what: `${what}: needs an axis`, got: show(x.shape) });
  for (const { shape } of vectors)
    if (shape.length !== 1 || shape[0] !== width)
      throw new LabError("shape", {
        what: `${what}: gain or bias does not fit`,
        got: show(shape),
        expected: `[${width}] for ${show(x.shape)}`,
      });
}

export const rmsNormOp = define({
  name: "rmsNorm",
  half: "first",
  arity: [1, 2],
  attrs: epsilonRule,
  infer([x, ...gain]) {
    checkVector("rmsNorm", x, gain);
    return [{ shape: x.shape, dtype: "f32" }];
  },
  gradient(c) {
    const gain = c.node.inputs.length > 1;
    const inputs = gain ? [c.input(0), c.input(1), c.grad] : [c.input(0), c.grad];
    const [dx, ...parts] = recordNode(rmsNormGradOp, inputs, c.node.attrs).outputs.map((v) => new Tensor(v));
    return [dx, ...parts.map((sums) => record(gainGradOp, [sums]))];
  },
  follow: ({ inputs: [x, gain], attrs }) => [rules.normed(x, attrs.epsilon as number, gain)],
  lower(node, lowering) {
    const gain = node.inputs.length > 1;
    lowering.emit(kernels.rmsNorm(lowering.caps, { ...shapeOf(node), gain }), operandsOf(node, lowering));
  },
});

/** Inputs x, (gain), g; outputs dx, (partial sums of the gain's gradient: [gainParts(rows), C]). */
const rmsNormGradOp = define({
  name: "rmsNormGrad",
  half: "first",
  arity: [2, 3],
  attrs: epsilonRule,
  training: true,
  infer([x, ...others]) {
    const dx: Meta = { shape: x.shape, dtype: "f32" };
    const { rows, width } = rowsOf(x.shape);
    return others.length === 1 ? [dx] : [dx, { shape: [kernels.gainParts(rows), width], dtype: "f32" }];
  },
  lower(node, lowering) {
    const gain = node.inputs.length > 2;
    lowering.emit(kernels.rmsNormGrad(lowering.caps, { ...shapeOf(node), gain }), operandsOf(node, lowering));
  },
  lowerAdding(node, lowering, addend, sum) {
    const gain = node.inputs.length > 2;
    const kernel = kernels.rmsNormGrad(lowering.caps, { ...shapeOf(node), gain, addend: true });
    const inputs = [...node.inputs, addend].map((value) => lowering.read(value));
    const parts = node.outputs.slice(1).map((_, i) => [node, i + 1] as const);
    const outputs = [[sum, 0] as const, ...parts].map(([of, i]) => lowering.output(of, i));
    lowering.emit(kernel, [...inputs, ...outputs]);
  },
});

/** Input: partial sums of a gain's gradient; output: their sum [C]. */
const gainGradOp = define({
  name: "gainGrad",
  arity: 1,
  attrs: {},
  training: true,
  infer: ([parts]) => [{ shape: parts.shape.slice(1), dtype: "f32" }],
  lower(node, lowering) {
    sumParts(node, lowering, [lowering.read(node.in(0)), lowering.output(node)], [0]);
  },
  lowerSpread: sumParts,
});

function sumParts(
  node: Node,
  lowering: Lowering,
  operands: readonly Operand[],
  places: readonly number[],
): void {
  const [parts, dgain] = operands as [Operand, Operand];
  const [count, width] = node.in(0).shape;
  const passes = kernels.gainGrad(lowering.caps, { parts: count, width, places });
  passes.reduce((from, pass, i) => {
    const to = i === passes.length - 1 ? dgain : lowering.scratch(pass.results);
    lowering.emit(pass, [from, to]);
    return to;
  }, parts);
}

/** x / sqrt(mean(x²) + eps) over the last axis, times `gain` [C] if given. */
export function rmsNorm(x: Tensor, gain?: Tensor | null, eps = 1e-6): Tensor {
  needTensor("rmsNorm", x);
  if (gain === undefined || gain === null)
    return ropeWithNorm(x, eps) ?? record(rmsNormOp, [x], { epsilon: eps });
  return record(rmsNormOp, [x, gain], { epsilon: eps });
}

const layerNormOp = define({
  name: "layerNorm",
  half: "first",
  arity: 3,
  attrs: epsilonRule,
  infer([x, ...vectors]) {
    checkVector("layerNorm", x, vectors);
    return [{ shape: x.shape, dtype: "f32" }];
  },
  gradient: (c) =>
    recordNode(layerNormGradOp, [c.input(0), c.input(1), c.grad], c.node.attrs).outputs.map(
      (value) => new Tensor(value),
    ),
  follow: ({ inputs: [x, gain, bias], attrs }) => [rules.normed(x, attrs.epsilon as number, gain, bias)],
  lower(node, lowering) {
    lowering.emit(kernels.layerNorm(lowering.caps, shapeOf(node)), operandsOf(node, lowering));
  },
});

/** Inputs x, gain, g; outputs dx, dgain, dbias. */
const layerNormGradOp = define({
  name: "layerNormGrad",
  half: "first",
  arity: 3,
  attrs: epsilonRule,
  training: true,
  infer([x, gain]) {
    const vector = { shape: gain.shape, dtype: "f32" as const };
    return [{ shape: x.shape, dtype: "f32" }, vector, vector];
  },
  lower(node, lowering) {
    lowering.emitPasses(kernels.layerNormGrad(lowering.caps, shapeOf(node)), operandsOf(node, lowering));
  },
});

/** (x - mean) / sqrt(variance + eps) × gain + bias over the last axis; gain and bias [C]. */
export function layerNorm(x: Tensor, gain: Tensor, bias: Tensor, eps = 1e-5): Tensor {
  return record(layerNormOp, [x, gain, bias], { epsilon: eps });
}

const softmaxOp = define({
  name: "softmax",
  half: "first",
  arity: 1,
  attrs: {},
  infer([x]) {
    checkVector("softmax", x, []);
    return [{ shape: x.shape, dtype: "f32" }];
  },
  gradient: (c) => [record(softmaxGradOp, [c.output(0), c.grad])],
  follow: ({ inputs: [x] }) => [rules.softmaxed(x)],
  lower(node, lowering) {
    lowering.emit(kernels.softmax(lowering.caps, rowsOf(node.out().shape)), operandsOf(node, lowering));
  },
});

/** Inputs y = softmax(x), g; output y (g - sum(g y)). */
const softmaxGradOp = define({
  name: "softmaxGrad",
  half: "first",
  arity: 2,
  attrs: {},
  training: true,
  infer: (inputs) => [{ shape: inputs[0].shape, dtype: "f32" }],
  lower(node, lowering) {
    lowering.emit(kernels.softmaxGrad(lowering.caps, rowsOf(node.out().shape)), operandsOf(node, lowering));
  },
});

/** exp(x) / sum(exp(x)) along an axis, by default the last. */
export function softmax(x: Tensor, axis = -1): Tensor {
  needTensor("softmax", x);
  const last = x.shape.length - 1;
  const a = axisOf("softmax", axis, x.shape.length);
  if (a === last) return record(softmaxOp, [x]);
  const axes = x.shape.map((_, i) => (i === a ? last : i === last ? a : i));
  return permute(record(softmaxOp, [permute(x, axes)]), axes);
}
