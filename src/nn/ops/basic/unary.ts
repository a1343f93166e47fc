// Elementwise functions of one tensor, each with its derivative beside it.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import type { GradientContext, Operation } from "../../graph/graph.ts";
import type { UnaryOp } from "../../kernels/wgsl/expression.ts";
import { record } from "../../tensor/current-recorder.ts";
import { showValue } from "../../values/show-value.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { at, definePointwise } from "./pointwise.ts";

/** The gradient from x, y = f(x) and the upstream gradient g; null if it is zero almost everywhere. */
type Derivative = (g: Tensor, x: Tensor, y: Tensor) => Tensor | null;

type Traits = Pick<Operation, "costly" | "half">;

const costly: Traits = { costly: true };
const half: Traits = { half: "first" };

function unary(name: UnaryOp, derivative: Derivative, traits: Traits = {}): (x: Tensor) => Tensor {
  const op = definePointwise({
    ...traits,
    name,
    arity: 1,
    gradient: (c) => [derivative(c.grad, c.input(0), c.output(0))],
    emit: (emit, operands) => emit.unary(name, at(operands, 0)),
  });
  return (x) => record(op, [x]);
}

export const neg = unary("neg", (g) => g.neg(), half);
export const exp = unary("exp", (g, _, y) => g.mul(y), costly);
export const log = unary("log", (g, x) => g.div(x), costly);
export const sqrt = unary("sqrt", (g, _, y) => g.div(y).mul(0.5));
export const rsqrt = unary("rsqrt", (g, x, y) => g.mul(y).div(x).mul(-0.5));
export const reciprocal = unary("reciprocal", (g, _, y) => g.mul(y.square()).neg());
export const tanh = unary("tanh", (g, _, y) => g.sub(g.mul(y.square())), { ...costly, ...half });
export const sigmoid = unary("sigmoid", (g, _, y) => g.mul(y).mul(y.neg().add(1)), { ...costly, ...half });
// The gradient at 0 is 0, as in PyTorch.
export const relu = unary("relu", (g, x) => g.mul(x.gt(0)), half);
export const square = unary("square", (g, x) => g.mul(x).mul(2), half);
export const abs = unary("abs", (g, x) => g.mul(x.sign()));
export const sign = unary("sign", () => null);
export const floor = unary("floor", () => null);
export const sin = unary("sin", (g, x) => g.mul(x.cos()), costly);
export const cos = unary("cos", (g, x) => g.mul(x.sin()).neg(), costly);
export const erf = unary("erf", (g, x) => g.mul(x.square().neg().exp()).mul(2 / Math.sqrt(Math.PI)), costly);
// Φ(x) + x φ(x).
export const gelu = unary(
  "gelu",
  (g, x) => {
    const cdf = x.mul(Math.SQRT1_2).erf().add(1).mul(0.5);
    const density = x
      .square()
      .mul(-0.5)
      .exp()
      .mul(1 / Math.sqrt(2 * Math.PI));
    return g.mul(cdf.add(x.mul(density)));
  },
  { ...costly, ...half },
);
export const silu = unary(
  "silu",
  (g, x) => {
    const s = x.sigmoid();
    return g.mul(s).mul(x.sub(x.mul(s)).add(1));
  },
  { ...costly, ...half },
);

/** c tanh(x / c); c is a number of the plan. Gemma 2, arXiv 2408.00118. */
export const softcapOp = definePointwise({
  name: "softcap",
  costly: true,
  half: "first",
  arity: 1,
  numbers: 1,
  gradient: (c: GradientContext) => [c.grad.sub(c.grad.mul(c.output(0).div(c.node.numbers[0]).square()))],
  emit: (emit, operands) => {
    const c = emit.number(0);
    return emit.binary("mul", c, emit.unary("tanh", emit.binary("div", at(operands, 0), c)));
  },
});
export function softcap(x: Tensor, c: number): Tensor {
  if (!Number.isFinite(c) || c <= 0)
    throw new LabError("value", {
      what: "softcap: bad cap",
      got: showValue(c),
      expected: "a positive number",
    });
  return record(softcapOp, [x], {}, [c]);
}

/** silu(gate) × up, the gate of SwiGLU (arXiv 2002.05202); fused into the products around it. */
export function swiglu(gate: Tensor, up: Tensor): Tensor {
  needTensor("swiglu", gate);
  return gate.silu().mul(up);
}
