// The updates of the optimizers, each over a whole list of parameters at once: what lies contiguous in memory is one
// dispatch. Inputs come role by role (all parameters, then all gradients, then the moments), outputs likewise.

import { LabError } from "../../error.ts";
import { define, type Attrs, type Meta } from "../graph.ts";
import { sameShape, show } from "../shape.ts";
import { needFloat } from "./pointwise.ts";

/** Checks that the roles have equal shapes pairwise; the metas of the outputs are those of the written roles. */
function inferRoles(
  what: string,
  inputs: readonly Meta[],
  roles: number,
  written: readonly number[],
): Meta[] {
  needFloat(what, inputs);
  const count = inputs.length / roles;
  if (!Number.isInteger(count))
    throw new LabError("internal", `${what}: ${inputs.length} inputs for ${roles} roles`);
  for (let i = count; i < inputs.length; i++) {
    const own = inputs[i % count]?.shape ?? [];
    const other = inputs[i]?.shape ?? [];
    if (!sameShape(own, other))
      throw new LabError("shape", {
        what: `${what}: gradient or moment does not fit its parameter`,
        got: show(other),
        expected: show(own),
      });
  }
  return written.flatMap((role) =>
    inputs.slice(role * count, (role + 1) * count).map(({ shape, dtype }) => ({ shape, dtype })),
  );
}

const many = [1, 4096] as const;

/**
 * AdamW (arXiv 1711.05101). Roles p, g, m, v; writes p, m, v. Numbers: lr, beta1, beta2, epsilon, weight decay,
 * 1 / (1 - beta1^t), 1 / (1 - beta2^t).
 */
export const adamWOp = define({
  name: "adamW",
  arity: many,
  attrs: {},
  numbers: 7,
  training: true,
  infer: (inputs) => inferRoles("AdamW", inputs, 4, [0, 2, 3]),
});

/** Lion (arXiv 2302.06675). Roles p, g, m; writes p, m. Numbers: lr, beta1, beta2, weight decay. */
export const lionOp = define({
  name: "lion",
  arity: many,
  attrs: {},
  numbers: 4,
  training: true,
  infer: (inputs) => inferRoles("Lion", inputs, 3, [0, 2]),
});

/** Roles of an SGD node: p, g, and m with momentum. */
export function sgdRoles(attrs: Attrs): number {
  return attrs.momentum === true ? 3 : 2;
}

/**
 * Gradient descent with decoupled weight decay: m = momentum m + g; p -= lr (g or m, or with nesterov g + momentum m)
 * + lr decay p. Roles p, g, (m); writes p, (m). Numbers: lr, momentum, weight decay.
 */
export const sgdOp = define({
  name: "sgd",
  arity: many,
  attrs: { momentum: { kind: "boolean" }, nesterov: { kind: "boolean" } },
  numbers: 3,
  training: true,
  infer: (inputs, attrs) =>
    inferRoles("SGD", inputs, sgdRoles(attrs), attrs.momentum === true ? [0, 2] : [0]),
});

/** Sum of the squares of all elements of all inputs: a scalar. */
export const sumSquaresOp = define({
  name: "sumSquares",
  arity: many,
  attrs: {},
  training: true,
  infer(inputs) {
    needFloat("sumSquares", inputs);
    return [{ shape: [], dtype: "f32" }];
  },
});

/** Every input but the last times the last (a scalar). */
export const scaleAllOp = define({
  name: "scaleAll",
  arity: [2, 4096],
  attrs: {},
  training: true,
  infer(inputs) {
    needFloat("scaleAll", inputs);
    return inputs.slice(0, -1).map(({ shape }) => ({ shape, dtype: "f32" as const }));
  },
});
