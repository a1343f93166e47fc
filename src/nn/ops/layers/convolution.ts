// Short causal convolution over time, as before the gates of Mamba (arXiv 2312.00752) and in modern GPT variants.
// B batch, T time, C channels in, D channels out, K taps: tap 0 is the current token, tap j the token j places back.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import { define, type Meta, type Node } from "../../graph/graph.ts";
import { causalConv as convKernel, causalConvGradWeight } from "../../kernels/layers/convolution.ts";
import { record } from "../../tensor/current-recorder.ts";
import { numel, show } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { needFloat } from "../basic/pointwise.ts";
import { cat } from "../basic/pieces.ts";
import { shift } from "../basic/shift.ts";
import * as products from "../../dependence/rules/products.ts";

const MAX_TAPS = 32;

function inferConv(inputs: readonly Meta[]): Meta[] {
  needFloat("causalConv", inputs);
  const [x, w] = inputs.map(({ shape }) => shape);
  checkTaps(x, w, w.length === 2 && w[1] === x[2]);
  return [{ shape: x, dtype: "f32" }];
}

function checkTaps(x: readonly number[], w: readonly number[], fits: boolean): void {
  if (x.length !== 3 || !fits)
    throw new LabError("shape", {
      what: "causalConv: shapes do not fit",
      got: `x ${show(x)}, weight ${show(w)}`,
      expected: "x [B, T, C], weight [K, C], or [K, C / groups, D] with groups dividing C and D",
    });
  if (w[0] > MAX_TAPS)
    throw new LabError("shape", {
      what: "causalConv: too many taps",
      got: String(w[0]),
      expected: `at most ${MAX_TAPS}`,
    });
}

function shapeOf(x: Meta, taps: number) {
  const [B, T, C] = x.shape;
  return { B, T, C, taps };
}
const tapsOf = (node: Node): number => node.in(1).shape[0];

const convOp = define({
  name: "causalConv",
  half: "first",
  flops: ({ inputs: [x, weight] }) => 2 * numel(x.shape) * weight.shape[0],
  arity: 2,
  attrs: {},
  infer: inferConv,
  gradient: (c) => [
    c.wants(0) ? record(convGradOp, [c.grad, c.input(1)]) : null,
    c.wants(1) ? record(convGradWeightOp, [c.input(0), c.grad], { taps: tapsOf(c.node) }) : null,
  ],
  follow: ({ inputs: [x, weight] }) => [products.convolved(x, weight)],
  lower(node, lowering) {
    const kernel = convKernel(lowering.caps, shapeOf(node.in(0), tapsOf(node)));
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.read(node.in(1)), lowering.output(node)]);
  },
});

/** Inputs g [B, T, C], w [K, C]; output dx. */
const convGradOp = define({
  name: "causalConvGrad",
  half: "first",
  arity: 2,
  attrs: {},
  training: true,
  infer: inferConv,
  lower(node, lowering) {
    const kernel = convKernel(lowering.caps, shapeOf(node.in(0), tapsOf(node)), true);
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.read(node.in(1)), lowering.output(node)]);
  },
});

/** Inputs x, g [B, T, C]; output dw [K, C]. */
const convGradWeightOp = define({
  name: "causalConvGradWeight",
  arity: 2,
  attrs: { taps: { kind: "integer", min: 1, max: MAX_TAPS } },
  training: true,
  infer: ([x], attrs) => [{ shape: [attrs.taps as number, x.shape[2]], dtype: "f32" }],
  lower(node, lowering) {
    const passes = causalConvGradWeight(lowering.caps, shapeOf(node.in(0), node.attrs.taps as number));
    lowering.emitPasses(passes, [
      lowering.read(node.in(0)),
      lowering.read(node.in(1)),
      lowering.output(node),
    ]);
  },
});

/**
 * Causal convolution over time: y[b, t] = Σ_j weight[j] · x[b, t - j], zeros before time 0. x [B, T, C].
 * weight [K, C]: each channel by itself (depthwise) → [B, T, C], one kernel.
 * weight [K, C / G, D]: G groups of channels mixed by matrices → [B, T, D]; G = 1 is the full convolution.
 */
export function causalConv(x: Tensor, weight: Tensor): Tensor {
  needTensor("causalConv", x);
  needTensor("causalConv: weight", weight);
  if (weight.shape.length !== 3) return record(convOp, [x, weight]);
  const [taps, I, D] = weight.shape;
  const [B, T, C] = x.shape;
  const G = C / I;
  checkTaps(x.shape, weight.shape, Number.isInteger(G) && D % G === 0);
  // Concatenates the last `taps` tokens of each group, and multiplies them by the stacked matrices of the taps.
  const past = Array.from({ length: taps }, (_, j) => shift(x, 1, j).view(B, T, G, I));
  if (G === 1)
    return cat(past, 3)
      .view(B, T, taps * I)
      .matmul(weight.view(taps * I, D));
  const rows = cat(past, 3)
    .view(B * T, G, taps * I)
    .permute(1, 0, 2);
  const matrices = weight.view(taps * I, G, D / G).permute(1, 0, 2);
  return rows.matmul(matrices).permute(1, 0, 2).view(B, T, D);
}
