// Gradient descent with momentum, and Lion, which steps by the sign of a mean.

import { lionOp, sgdOp } from "../ops/basic/update.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkNumber, checkOptions } from "../tensor/check-argument.ts";
import { adopt, checkBetas, momentsFor, Update } from "./group.ts";

export interface SGDOptions {
  lr?: number;
  /** 0 (default) for none. */
  momentum?: number;
  nesterov?: boolean;
  /** Decoupled: p -= lr weightDecay p (default 0). */
  weightDecay?: number;
}

/** Gradient descent; with momentum m = momentum m + g as in PyTorch. */
export class SGD {
  readonly params: readonly Tensor[];
  lr: number;
  momentum: number;
  weightDecay: number;
  readonly #nesterov: boolean;
  /** Whether it has momentum. */
  readonly #heavy: boolean;
  readonly #update: Update;

  constructor(params: readonly Tensor[], options: SGDOptions = {}) {
    checkOptions("SGD", options, ["lr", "momentum", "nesterov", "weightDecay"]);
    this.params = adopt("SGD", params);
    this.lr = checkNumber("SGD: lr", options.lr ?? 0.01, 0);
    this.momentum = checkNumber("SGD: momentum", options.momentum ?? 0, 0, 1);
    this.weightDecay = checkNumber("SGD: weightDecay", options.weightDecay ?? 0, 0);
    this.#nesterov = options.nesterov ?? false;
    this.#heavy = this.momentum > 0;
    this.#update = new Update("SGD", sgdOp, this.params, this.#heavy ? [momentsFor(params)] : []);
  }

  /** Updates, then clears the gradients. `scale`, the schedule, multiplies the learning rate. */
  step(scale = 1): void {
    const attrs = { momentum: this.#heavy, nesterov: this.#nesterov };
    this.#update.record(attrs, [this.lr * scale, this.momentum, this.weightDecay]);
  }
}

export interface LionOptions {
  lr?: number;
  betas?: readonly [number, number];
  weightDecay?: number;
}

/** Lion, arXiv 2302.06675: p -= lr (sign(beta1 m + (1 - beta1) g) + weightDecay p); m = beta2 m + (1 - beta2) g. */
export class Lion {
  readonly params: readonly Tensor[];
  lr: number;
  betas: readonly [number, number];
  weightDecay: number;
  readonly #update: Update;

  constructor(params: readonly Tensor[], options: LionOptions = {}) {
    checkOptions("Lion", options, ["lr", "betas", "weightDecay"]);
    this.params = adopt("Lion", params);
    this.lr = checkNumber("Lion: lr", options.lr ?? 1e-4, 0);
    this.betas = checkBetas("Lion", options.betas ?? [0.9, 0.99]);
    this.weightDecay = checkNumber("Lion: weightDecay", options.weightDecay ?? 0, 0);
    this.#update = new Update("Lion", lionOp, this.params, [momentsFor(params)]);
  }

  /** Updates, then clears the gradients. `scale`, the schedule, multiplies the learning rate. */
  step(scale = 1): void {
    this.#update.record({}, [this.lr * scale, 1 - this.betas[0], 1 - this.betas[1], this.weightDecay]);
  }
}
