// Muon (Keller Jordan, 2024): momentum, then the nearest orthogonal matrix by five Newton-Schulz steps. Matrices of
// equal shape form one stack, so that the update of a whole model is a few batched products.

import { LabError } from "../../error.ts";
import { zeros } from "../tensor/initial.ts";
import { assign } from "../ops/basic/assign.ts";
import { full, state } from "../ops/basic/create.ts";
import { sgdOp } from "../ops/basic/update.ts";
import { cat, narrow } from "../ops/basic/pieces.ts";
import { view } from "../ops/basic/views.ts";
import { noGrad } from "../tensor/backward.ts";
import { numel, show } from "../values/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { checkInteger, checkNumber, checkOptions, needTensors } from "../tensor/check-argument.ts";
import { adopt, Update } from "./group.ts";

export interface MuonOptions {
  /** Learning rate (default 0.02). */
  lr?: number;
  /** Default 0.95. */
  momentum?: number;
  /** Default true. */
  nesterov?: boolean;
  /** Newton-Schulz steps (default 5). */
  steps?: number;
  /** Decoupled: p -= lr weightDecay p (default 0). */
  weightDecay?: number;
}

interface Stack {
  readonly params: readonly Tensor[];
  /** Number of matrices of each parameter: 1, or n for [n, in, out]. */
  readonly counts: readonly number[];
  /** [all matrices, rows, columns] */
  readonly momentum: Tensor;
  readonly update: Update;
}

/**
 * Muon for the matrices of a model; give embeddings, gains and the head to AdamW. A matrix is [in, out], as in
 * `x.matmul(w)`, and its update is scaled by sqrt(max(1, out / in)). A parameter [n, in, out] is n matrices, each
 * orthogonalised separately: experts, heads, or layers in one tensor.
 */
export class Muon {
  readonly params: readonly Tensor[];
  lr: number;
  momentum: number;
  weightDecay: number;
  readonly #nesterov: boolean;
  readonly #steps: number;
  readonly #stacks: readonly Stack[];

  constructor(params: readonly Tensor[], options: MuonOptions = {}) {
    checkOptions("Muon", options, ["lr", "momentum", "nesterov", "steps", "weightDecay"]);
    needTensors("Muon", params);
    const shapes = new Map<string, Tensor[]>();
    for (const p of params) {
      if (p.shape.length !== 2 && p.shape.length !== 3)
        throw new LabError("shape", {
          what: "Muon: only matrices",
          got: show(p.shape),
          expected: "[in, out], or [n, in, out] for n of them",
          hint: "give the others to AdamW",
        });
      const key = show(p.shape.slice(-2));
      shapes.set(key, [...(shapes.get(key) ?? []), p]);
    }
    this.params = [...shapes.values()].flat();
    adopt("Muon", this.params);
    this.lr = checkNumber("Muon: lr", options.lr ?? 0.02, 0);
    this.momentum = checkNumber("Muon: momentum", options.momentum ?? 0.95, 0, 1);
    this.weightDecay = checkNumber("Muon: weightDecay", options.weightDecay ?? 0, 0);
    this.#nesterov = options.nesterov ?? true;
    this.#steps = checkInteger("Muon: steps", options.steps ?? 5, 1);
    this.#stacks = [...shapes.values()].map((list) => {
      const counts = list.map((p) => numel(p.shape.slice(0, -2)));
      const all = counts.reduce((sum, count) => sum + count, 0);
      return {
        params: list,
        counts,
        momentum: state([all, ...list[0].shape.slice(-2)], zeros),
        update: new Update("Muon", sgdOp, list, []),
      };
    });
  }

  /** Updates, then clears the gradients. `scale`, the schedule, multiplies the learning rate. */
  step(scale = 1): void {
    noGrad(() => {
      for (const { params, counts, momentum, update } of this.#stacks) {
        if (!params.some((p) => p.grad)) continue;
        const [rows, columns] = params[0].shape.slice(-2);
        const g = cat(params.map((p, i) => view(p.grad ?? full(p.shape, 0), [counts[i], rows, columns])));
        const m = momentum.mul(this.momentum).add(g.mul(1 - this.momentum));
        assign(momentum, m);
        const direction = this.#nesterov ? g.mul(1 - this.momentum).add(m.mul(this.momentum)) : m;
        const o = orthogonalise(direction, this.#steps);
        let first = 0;
        params.forEach((p, i) => {
          const count = counts[i];
          p.grad = view(narrow(o, 0, first, count), p.shape);
          first += count;
        });
        const lr = this.lr * scale;
        const stretch = Math.sqrt(Math.max(1, columns / rows));
        // The direction is scaled by lr * stretch, the decay by lr alone.
        update.record({ momentum: false, nesterov: false }, [lr * stretch, 0, this.weightDecay / stretch]);
      }
    });
  }
}

/** Quintic Newton-Schulz iteration on [n, rows, columns]: singular values go to about 1. Coefficients of K. Jordan. */
function orthogonalise(x: Tensor, steps: number): Tensor {
  const [a, b, c] = [3.4445, -4.775, 2.0315];
  const [, rows, columns] = x.shape;
  const norm = x.square().sum(2, true).sum(1, true).sqrt().add(1e-7);
  let y = x.div(norm);
  for (let i = 0; i < steps; i++) {
    // The smaller of X Xᵀ and Xᵀ X.
    const gram = rows <= columns ? y.matmul(y, { transposeB: true }) : y.matmul(y, { transposeA: true });
    const mix = gram.matmul(gram).mul(c).add(gram.mul(b));
    y = (rows <= columns ? mix.matmul(y) : y.matmul(mix)).add(y.mul(a));
  }
  return y;
}
