// Cross-entropy of logits against target tokens, in nats. Softcap may be part of it, so that the capped logits need
// not be stored; the gradient is softmax minus one-hot.

import { LabError } from "../../error.ts";
import { define } from "../graph.ts";
import { record, recordNode } from "../recorder.ts";
import { numel, show, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { softcapOp } from "./unary.ts";
import { view } from "./views.ts";

const attrs = {
  /** 0: none. */
  softcap: { kind: "number", min: 0, max: 1e6 },
} as const;

/** Inputs logits [..., V], targets [...]; outputs loss per row and log-sum-exp per row, both [rows]. */
const crossEntropyOp = define({
  name: "crossEntropy",
  arity: 2,
  attrs,
  infer([logits, targets]) {
    const shape = logits?.shape ?? [];
    if (logits?.dtype !== "f32" || targets?.dtype !== "u32")
      throw new LabError("dtype", {
        what: "crossEntropy",
        got: `${logits?.dtype ?? "nothing"} and ${targets?.dtype ?? "nothing"}`,
        expected: "f32 logits and u32 targets",
      });
    const rows = numel(shape.slice(0, -1));
    if (shape.length < 1 || numel(targets.shape) !== rows)
      throw new LabError("shape", {
        what: "crossEntropy: targets do not fit",
        got: `${show(shape)} and ${show(targets.shape)}`,
        expected: "logits [..., V] and targets [...]",
      });
    return [
      { shape: [rows], dtype: "f32" },
      { shape: [rows], dtype: "f32" },
    ];
  },
  gradient: (c) => [
    record(crossEntropyGradOp, [c.input(0), c.input(1), c.output(1), c.grad], c.node.attrs),
    null,
  ],
});

/** Inputs logits, targets, log-sum-exp, gradient per row; output the gradient of the logits. */
export const crossEntropyGradOp = define({
  name: "crossEntropyGrad",
  arity: 4,
  attrs,
  training: true,
  infer: ([logits]) => [{ shape: logits?.shape ?? ([] as Shape), dtype: "f32" }],
});

export interface CrossEntropyOptions {
  /** Cap the logits first: c tanh(logits / c). */
  softcap?: number;
  /** "mean" over all targets (default), or "none": one loss a target, in the targets' shape. */
  reduction?: "mean" | "none";
}

/** Mean of -log softmax(logits)[target] in nats; logits [..., V], targets [...] u32. */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  let x = logits;
  let softcap = options.softcap ?? 0;
  const from = logits.leaf ? null : logits.value.node;
  // Capped logits are read before the cap: one pass less over the largest tensor of the model.
  if (softcap === 0 && from?.op === softcapOp) {
    x = new Tensor(from.in(0));
    softcap = from.numbers[0] ?? 0;
  }
  const losses = new Tensor(recordNode(crossEntropyOp, [x, targets], { softcap }).out());
  return options.reduction === "none" ? view(losses, targets.shape) : losses.mean();
}
