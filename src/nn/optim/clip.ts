// Clips gradients by their common norm.

import { noGrad } from "../tensor/backward.ts";
import { scaleAllOp, sumSquaresOp } from "../ops/basic/update.ts";
import { record, recordNode } from "../tensor/current-recorder.ts";
import { Tensor } from "../tensor/tensor.ts";
import { full } from "../ops/basic/create.ts";
import { checkNumber, needTensors } from "../tensor/check-argument.ts";

/** Scales the gradients so that their norm over all parameters is at most `max`; returns the norm before (a scalar). */
export function clipGradNorm(params: readonly Tensor[], max: number): Tensor {
  needTensors("clipGradNorm", params);
  checkNumber("clipGradNorm: max", max, 0);
  const clipped = params.filter((p) => p.grad);
  const grads = clipped.flatMap((p) => p.grad ?? []);
  if (grads.length === 0) return full([], 0);
  return noGrad(() => {
    const norm = record(sumSquaresOp, grads).sqrt();
    const scale = norm.add(1e-6).reciprocal().mul(max).minimum(1);
    const scaled = recordNode(scaleAllOp, [...grads, scale]);
    clipped.forEach((p, i) => {
      p.grad = new Tensor(scaled.out(i));
    });
    return norm;
  });
}
