// Cross-entropy of logits against target tokens, in nats. A softcap can be part of the operation, so that the capped
// logits need no memory. The gradient is softmax minus one-hot.

import { LabError } from "../../../error.ts";
import { checkOptions, needTensor } from "../../tensor/check-argument.ts";
import { define, type Node } from "../../graph/graph.ts";
import * as kernels from "../../kernels/layers/cross-entropy.ts";
import { record, recordNode } from "../../tensor/current-recorder.ts";
import { numel, show } from "../../values/shape.ts";
import { showValue } from "../../values/show-value.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { softcapOp } from "../basic/unary.ts";
import { view } from "../basic/views.ts";

const attrs = {
  /** 0 for no softcap. */
  softcap: { kind: "number", min: 0, max: 1e6 },
} as const;

/** Inputs logits [..., V], targets [...]; outputs loss per row and log-sum-exp per row, both [rows]. */
const crossEntropyOp = define({
  name: "crossEntropy",
  arity: 2,
  attrs,
  infer([logits, targets]) {
    const shape = logits.shape;
    if (logits.dtype !== "f32" || targets.dtype !== "u32")
      throw new LabError("dtype", {
        what: "crossEntropy",
        got: `${logits.dtype} and ${targets.dtype}`,
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
  lower(node, lowering) {
    const shape = kernelShape(node);
    const grad = lowering.consumer(node.in(0), crossEntropyGradOp);
    const inputs = [lowering.read(node.in(0)), lowering.read(node.in(1))];
    const outputs = [lowering.output(node, 0), lowering.output(node, 1)];
    const up = grad && twin(node, grad) && inputs[0] ? lowering.uniform(grad.in(3)) : null;
    // If no other node reads the logits, the same pass overwrites them with their gradient.
    if (grad && up && inputs[0] && lowering.lastUse(node.in(0), [node, grad])) {
      const logits = lowering.place(grad, 0, inputs[0]);
      lowering.emit(
        kernels.crossEntropyFused(lowering.caps, { ...shape, upstream: "number" }),
        [logits, ...inputs.slice(1), ...outputs],
        [up],
      );
    } else lowering.emit(kernels.crossEntropy(lowering.caps, shape), [...inputs, ...outputs]);
  },
  byRows: {
    isGradientOf: (node, loss) =>
      node.op === crossEntropyGradOp && twin(loss, node) && node.in(1) === loss.in(1),
    forward: (caps, loss, rows) => kernels.crossEntropy(caps, { ...kernelShape(loss), rows }),
    both: (caps, loss, rows) =>
      kernels.crossEntropyFused(caps, { ...kernelShape(loss), rows, upstream: "number" }),
    backward: (caps, loss, rows) =>
      kernels.crossEntropyGrad(caps, { ...kernelShape(loss), rows, upstream: "row", inPlace: true }),
  },
});

/** Inputs logits, targets, log-sum-exp, gradient per row; output the gradient of the logits. */
const crossEntropyGradOp = define({
  name: "crossEntropyGrad",
  half: "first",
  arity: 4,
  attrs,
  training: true,
  infer: ([logits]) => [{ shape: logits.shape, dtype: "f32" }],
  lower(node, lowering) {
    const up = lowering.uniform(node.in(3));
    const inputs = [0, 1, 2].map((i) => lowering.read(node.in(i)));
    const shape = { ...kernelShape(node), upstream: up ? ("number" as const) : ("row" as const) };
    const rest = up ? [] : [lowering.read(node.in(3))];
    lowering.emit(
      kernels.crossEntropyGrad(lowering.caps, shape),
      [...inputs, lowering.output(node), ...rest],
      up ? [up] : [],
    );
  },
});

function kernelShape(node: Node) {
  const shape = node.in(0).shape;
  const vocab = shape[shape.length - 1];
  const softcap = node.attrs.softcap as number;
  return { rows: numel(shape) / vocab, vocab, softcap: softcap === 0 ? undefined : softcap };
}
/** Whether `grad` is the gradient of this loss. */
function twin(loss: Node, grad: Node): boolean {
  return grad.in(2) === loss.out(1) && grad.attrs.softcap === loss.attrs.softcap;
}

export interface CrossEntropyOptions {
  /** Caps the logits first: c tanh(logits / c). */
  softcap?: number;
  /** "mean" over all targets (default), or "none": one loss per target, in the shape of the targets. */
  reduction?: "mean" | "none";
}

/** Mean of -log softmax(logits)[target] in nats; logits [..., V], targets [...] u32. */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  checkOptions("crossEntropy", options, ["reduction", "softcap"]);
  needTensor("crossEntropy", logits);
  needTensor("crossEntropy: targets", targets);
  const reduction = options.reduction ?? "mean";
  if (reduction !== "mean" && reduction !== "none")
    throw new LabError("value", {
      what: "crossEntropy: reduction",
      got: showValue(reduction),
      expected: '"mean" or "none"',
      hint: 'reduction: "none" and then sum()',
    });
  let x = logits;
  let softcap = options.softcap ?? 0;
  const from = logits.leaf ? null : logits.value.node;
  // Reads the logits before the cap: one pass less over the largest tensor of the model.
  if (softcap === 0 && from?.op === softcapOp) {
    x = new Tensor(from.in(0));
    softcap = from.numbers[0];
  }
  const losses = new Tensor(recordNode(crossEntropyOp, [x, targets], { softcap }).out());
  return reduction === "none" ? view(losses, targets.shape) : losses.mean();
}
