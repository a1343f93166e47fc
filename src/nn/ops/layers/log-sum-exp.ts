// log Σ exp over an axis without overflow, and log-softmax. The gradient of the first is softmax: exp(x - y).

import { needTensor } from "../../tensor/check-argument.ts";
import { define } from "../../graph/graph.ts";
import { logSumExp } from "../../kernels/layers/norm.ts";
import { record } from "../../tensor/current-recorder.ts";
import { axisOf } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as rules from "../../dependence/rules/rules.ts";
import { rowsOf } from "./norm.ts";
import { needFloat } from "../basic/pointwise.ts";
import { transpose, view } from "../basic/views.ts";

/** log Σ exp over the last axis, which is removed. */
const logSumExpOp = define({
  name: "logsumexp",
  arity: 1,
  attrs: {},
  infer(inputs) {
    needFloat("logsumexp", inputs);
    const shape = inputs[0].shape;
    axisOf("logsumexp", -1, shape.length);
    return [{ shape: shape.slice(0, -1), dtype: "f32" }];
  },
  gradient(c) {
    const kept = [...c.node.out().shape, 1];
    return [
      view(c.grad, kept).mul(
        c
          .input(0)
          .sub(view(c.output(0), kept))
          .exp(),
      ),
    ];
  },
  follow: ({ inputs: [x] }) => [rules.logSummed(x)],
  lower(node, lowering) {
    const kernel = logSumExp(lowering.caps, rowsOf(node.in(0).shape));
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.output(node)]);
  },
});

/** log Σ exp(x) over one axis (default the last). A z-loss is `logits.logsumexp().square().mean().mul(1e-4)`. */
export function logsumexp(x: Tensor, axis = -1, keepdim = false): Tensor {
  needTensor("logsumexp", x);
  const a = axisOf("logsumexp", axis, x.shape.length);
  const last = x.shape.length - 1;
  const y = record(logSumExpOp, [a === last ? x : transpose(x, a, last)]);
  const kept = x.shape.map((size, i) => (i === a ? 1 : size));
  // Swaps back the last axis and axis `a`.
  const turned = a === last ? y : transpose(view(y, [...y.shape, 1]), a, last);
  return view(turned, keepdim ? kept : kept.filter((_, i) => i !== a));
}

/** x - logsumexp(x) along an axis (default the last). */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  needTensor("logSoftmax", x);
  return x.sub(logsumexp(x, axis, true));
}
