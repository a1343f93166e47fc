// AdamW: one dispatch for all its parameters, which are contiguous in memory, as are their moments.

import { adamWOp } from "../ops/basic/update.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNumber, checkOptions } from "../tensor/check-argument.ts";
import { adopt, checkBetas, momentsFor, Update } from "./group.ts";

export interface AdamWOptions {
  /** Learning rate (default 1e-3). */
  lr?: number;
  /** Decay of the running means of g and g² (default [0.9, 0.999]). */
  betas?: readonly [number, number];
  eps?: number;
  /** Decoupled: p -= lr weightDecay p (default 0.01). */
  weightDecay?: number;
}

/** Adam with decoupled weight decay, arXiv 1711.05101. */
export class AdamW {
  readonly params: readonly Tensor[];
  lr: number;
  betas: readonly [number, number];
  eps: number;
  weightDecay: number;
  readonly #update: Update;
  #steps = 0;

  constructor(params: readonly Tensor[], options: AdamWOptions = {}) {
    checkOptions("AdamW", options, ["lr", "betas", "eps", "weightDecay"]);
    this.params = adopt("AdamW", params);
    this.lr = checkNumber("AdamW: lr", options.lr ?? 1e-3, 0);
    this.betas = checkBetas("AdamW", options.betas ?? [0.9, 0.999]);
    this.eps = checkNumber("AdamW: eps", options.eps ?? 1e-8, 0);
    this.weightDecay = checkNumber("AdamW: weightDecay", options.weightDecay ?? 0.01, 0);
    this.#update = new Update("AdamW", adamWOp, this.params, [momentsFor(params), momentsFor(params)]);
  }

  /** Updates, then clears the gradients. `scale`, the schedule, multiplies the learning rate. */
  step(scale = 1): void {
    const t = ++this.#steps;
    const [beta1, beta2] = this.betas;
    this.#update.record({}, [
      this.lr * scale,
      1 - beta1,
      1 - beta2,
      this.eps,
      this.weightDecay,
      1 / (1 - beta1 ** t),
      1 / (1 - beta2 ** t),
    ]);
  }
}
