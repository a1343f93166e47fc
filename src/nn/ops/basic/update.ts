// The updates of the optimizers, each over a whole list of parameters: tensors that are contiguous in memory share one
// dispatch. Inputs come role by role (all parameters, then all gradients, then the moments), outputs likewise.

import { LabError } from "../../../error.ts";
import { define, rolesOf, type Attrs, type ChainEnd, type Meta, type Node } from "../../graph/graph.ts";
import { elementwise } from "../../kernels/basic/elementwise.ts";
import { binaryOf, type Expression } from "../../kernels/wgsl/expression.ts";
import type { Kernel } from "../../kernels/kernel.ts";
import * as kernels from "../../kernels/basic/optimizers.ts";
import { canonical } from "../../graph/look-through.ts";
import type { Lowering, Operand } from "../../graph/lowering.ts";
import { contiguousRuns } from "./contiguous.ts";
import { sameShape, show } from "../../values/shape.ts";
import { needFloat } from "./pointwise.ts";

/** Checks that the shapes of tensor i are equal in all roles; returns the metas of all roles but the gradient. */
function inferRoles(what: string, inputs: readonly Meta[], roles: number): Meta[] {
  needFloat(what, inputs);
  const count = inputs.length / roles;
  if (!Number.isInteger(count))
    throw new LabError("internal", `${what}: ${inputs.length} inputs for ${roles} roles`);
  for (let i = count; i < inputs.length; i++) {
    const own = inputs[i % count].shape;
    const other = inputs[i].shape;
    if (!sameShape(own, other))
      throw new LabError("shape", {
        what: `${what}: gradient or moment does not fit its parameter`,
        got: show(other),
        expected: show(own),
      });
  }
  const written = inputs.filter((_, i) => Math.floor(i / count) !== 1);
  return written.map(({ shape, dtype }) => ({ shape, dtype }));
}

/** One dispatch for each run of contiguous tensors. Role 1 is the gradient, the others are written in place. */
function lowerUpdate(node: Node, lowering: Lowering, kernel: (shape: kernels.UpdateShape) => Kernel): void {
  const roles = rolesOf(node);
  const count = node.inputs.length / roles;
  const numbers = node.numbers.map((_, i) => lowering.number(node, i));
  // Gradients first: computing one may read a parameter.
  const scaled = lowering.scaled(node);
  const gradients = scaled?.gradients ?? node.inputs.slice(count, 2 * count);
  const grads = gradients.map((value) => lowering.read(value));
  const scale = scaled ? [lowering.read(scaled.scale)] : [];
  let output = 0;
  const operands = Array.from({ length: roles }, (_, role) =>
    role === 1
      ? grads
      : node.inputs
          .slice(role * count, (role + 1) * count)
          .map((value) => lowering.overwrite(value, node, output++)),
  );
  for (const run of contiguousRuns(lowering.caps, operands)) {
    const shape = { count: run[0].count, scaled: scaled !== null };
    lowering.emit(kernel(shape), [...run, ...scale], numbers);
  }
}

const many = [1, 4096] as const;

/**
 * AdamW (arXiv 1711.05101). Roles p, g, m, v; writes p, m, v. Numbers: lr, 1 - beta1, 1 - beta2, epsilon,
 * weight decay, 1 / (1 - beta1^t), 1 / (1 - beta2^t); complements: 1 - 0.999 in f32 is wrong in its fifth digit.
 */
export const adamWOp = define({
  name: "adamW",
  arity: many,
  attrs: {},
  numbers: 7,
  roles: 4,
  training: true,
  infer: (inputs) => inferRoles("AdamW", inputs, 4),
  lower: (node, lowering) => {
    lowerUpdate(node, lowering, (shape) => kernels.adamW(lowering.caps, shape));
  },
});

/** Lion (arXiv 2302.06675). Roles p, g, m; writes p, m. Numbers: lr, 1 - beta1, 1 - beta2, weight decay. */
export const lionOp = define({
  name: "lion",
  arity: many,
  attrs: {},
  numbers: 4,
  roles: 3,
  training: true,
  infer: (inputs) => inferRoles("Lion", inputs, 3),
  lower: (node, lowering) => {
    lowerUpdate(node, lowering, (shape) => kernels.lion(lowering.caps, shape));
  },
});

/** Number of roles: p and g, and m with momentum. */
const sgdRoles = ({ momentum }: Attrs): number => (momentum === true ? 3 : 2);

/**
 * Gradient descent with decoupled weight decay: m = momentum m + g; p -= lr (g or m, or with nesterov g + momentum m)
 * + lr decay p. Roles p, g, (m); writes p, (m). Numbers: lr, momentum, weight decay.
 */
export const sgdOp = define({
  name: "sgd",
  arity: many,
  attrs: { momentum: { kind: "boolean" }, nesterov: { kind: "boolean" } },
  numbers: 3,
  roles: sgdRoles,
  training: true,
  infer: (inputs, attrs) => inferRoles("SGD", inputs, sgdRoles(attrs)),
  lower: (node, lowering) => {
    const { momentum, nesterov } = node.attrs as { momentum: boolean; nesterov: boolean };
    lowerUpdate(node, lowering, (shape) => kernels.sgd(lowering.caps, { ...shape, momentum, nesterov }));
  },
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
  lower(node, lowering) {
    let parts = contiguousRuns(lowering.caps, [node.inputs.map((value) => lowering.read(value))]).flat();
    const sole = parts.length === 1;
    parts = parts.map((run) => sumRun(lowering, run, sole ? lowering.output(node) : null));
    // Sums the runs, six at a time.
    while (parts.length > 1) {
      const some = parts.splice(0, 6);
      const to = parts.length === 0 ? lowering.output(node) : lowering.scratch(1);
      const kernel = elementwise(lowering.caps, {
        shape: [1],
        inputs: some.map(() => ({ shape: [1] })),
        expression: total(some.length),
      });
      lowering.emit(kernel, [...some, to]);
      parts.unshift(to);
      if (parts.length === 1) break;
    }
  },
  lowerEnding(node, lowering, result, end) {
    const tensors = node.inputs.map((value) => lowering.read(value));
    const [run, ...others] = contiguousRuns(lowering.caps, [tensors]).flat();
    if (!run || others.length > 0) return false;
    sumRun(lowering, run, result, end);
    return true;
  },
});

/** The sum of squares of one run of memory, through an epilogue if there is one. */
function sumRun(lowering: Lowering, run: Operand, result: Operand | null, end?: ChainEnd): Operand {
  const passes = kernels.sumSquares(lowering.caps, { count: run.count, epilogue: end?.expression });
  return passes.reduce((from, pass, k) => {
    const last = k === passes.length - 1;
    const to = (last && result) || lowering.scratch(pass.results);
    lowering.emit(pass, [from, to], end?.numbers);
    return to;
  }, run);
}

/** Multiplies every input but the last by the last, a scalar. */
export const scaleAllOp = define({
  name: "scaleAll",
  isScaling: true,
  arity: [2, 4096],
  attrs: {},
  training: true,
  infer(inputs) {
    needFloat("scaleAll", inputs);
    return inputs.slice(0, -1).map(({ shape }) => ({ shape, dtype: "f32" as const }));
  },
  lower(node, lowering) {
    const scale = lowering.read(node.in(node.inputs.length - 1));
    const tensors = node.inputs.slice(0, -1);
    // A uniform gradient has no separate memory, so it cannot be scaled in place. Neither can a gradient that several
    // parameters share.
    const bases = tensors.map(canonical);
    const own = tensors.map(
      (value, i) =>
        !lowering.uniform(value) &&
        lowering.lastUse(value, [node]) &&
        bases.every((base, j) => j === i || base !== bases[i]),
    );
    const inputs = tensors.map((value) => lowering.read(value));
    inputs.forEach((operand, i) => {
      if (own[i]) lowering.place(node, i, operand);
    });
    const shared: Operand[][] = [];
    const inPlace = contiguousRuns(lowering.caps, [inputs.filter((_, i) => own[i])]);
    inputs.forEach((operand, i) => {
      if (!own[i]) shared.push([operand, lowering.output(node, i)]);
    });
    for (const run of [...inPlace, ...shared]) {
      const shape = [run[0].count];
      const kernel = elementwise(lowering.caps, {
        shape,
        inputs: [{ shape }, { shape: [] }],
        expression: binaryOf("mul"),
        inPlace: run.length === 1 ? 0 : undefined,
      });
      const [first, ...rest] = run;
      if (first) lowering.emit(kernel, [first, scale, ...rest]);
    }
  },
});

function total(count: number): Expression {
  const instructions: Expression["instructions"][number][] = Array.from({ length: count }, (_, index) => ({
    op: "input",
    index,
  }));
  let sum = 0;
  for (let i = 1; i < count; i++) sum = instructions.push({ op: "add", a: sum, b: i }) - 1;
  return { instructions, outputs: [sum] };
}
