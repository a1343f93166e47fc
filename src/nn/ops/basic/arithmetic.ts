// Elementwise operations of two tensors, or of a tensor and a number, with broadcasting; and `where`.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import type { Attrs, GradientContext, Operation } from "../../graph/graph.ts";
import type { BinaryOp } from "../../kernels/wgsl/expression.ts";
import { record } from "../../tensor/current-recorder.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { full } from "./create.ts";
import { at, definePointwise } from "./pointwise.ts";
import { sumTo } from "./reduce.ts";

type Operand = Tensor | number;
/** Gradients of both operands from the upstream gradient g; an operand may be a number. */
type Derivatives = (g: Tensor, a: Operand, b: Operand, y: Tensor) => [() => Tensor, () => Tensor] | null;

const SIDES = ["both", "right", "left"] as const;
const noScalar: Attrs = { number: "both" };
const rightScalar: Attrs = { number: "right" };
const leftScalar: Attrs = { number: "left" };

function operandsOf(c: GradientContext): [Operand, Operand] {
  const side = c.node.attrs.number;
  const value = c.node.numbers[0];
  if (side === "right") return [c.input(0), value];
  if (side === "left") return [value, c.input(0)];
  return [c.input(0), c.input(1)];
}

function binary(
  name: string,
  instruction: BinaryOp,
  derivatives: Derivatives,
  traits: Pick<Operation, "costly" | "half" | "isSum"> = {},
): (a: Operand, b: Operand) => Tensor {
  const op = definePointwise({
    ...traits,
    name,
    arity: [1, 2],
    attrs: { number: { kind: "choice", of: SIDES } },
    numbers: (attrs) => (attrs.number === "both" ? 0 : 1),
    gradient: (c) => {
      const [a, b] = operandsOf(c);
      const both = derivatives(c.grad, a, b, c.output(0));
      if (!both) return [null, null];
      const side = c.node.attrs.number;
      if (side === "right") return [both[0]()];
      if (side === "left") return [both[1]()];
      return both.map((gradient, i) => (c.wants(i) ? sumTo(gradient(), c.node.in(i).shape) : null));
    },
    emit: (emit, operands, node) => {
      const side = node.attrs.number;
      if (side === "right") return emit.binary(instruction, at(operands, 0), emit.number(0));
      if (side === "left") return emit.binary(instruction, emit.number(0), at(operands, 0));
      return emit.binary(instruction, at(operands, 0), at(operands, 1));
    },
  });
  return (a, b) => {
    if (typeof b !== "number") needTensor(name, b);
    if (typeof a === "number") {
      if (typeof b === "number")
        throw new LabError("value", { what: `${name}: needs a tensor`, got: "two numbers" });
      return record(op, [b], leftScalar, [a]);
    }
    return typeof b === "number" ? record(op, [a], rightScalar, [b]) : record(op, [a, b], noScalar);
  };
}

const times = (g: Tensor, x: Operand): Tensor => g.mul(x);

export const add = binary("add", "add", (g) => [() => g, () => g], { isSum: true, half: "first" });
export const sub = binary("sub", "sub", (g) => [() => g, () => g.neg()], { half: "first" });
export const mul = binary("mul", "mul", (g, a, b) => [() => times(g, b), () => times(g, a)], {
  half: "first",
});
export const div = binary("div", "div", (g, _, b, y) => [() => g.div(b), () => g.mul(y).div(b).neg()]);
/** a^b for a > 0 (or an integer exponent given as a number). */
export const pow = binary(
  "pow",
  "pow",
  (g, a, b, y) => [
    () => times(g, b).mul(pow(a, typeof b === "number" ? b - 1 : b.sub(1))),
    () => g.mul(y).mul(typeof a === "number" ? Math.log(a) : a.log()),
  ],
  { costly: true },
);
// If both operands are equal, the gradient goes to the first.
export const maximum = binary("maximum", "max", (g, a, b) => [() => g.mul(ge(a, b)), () => g.mul(lt(a, b))]);
export const minimum = binary("minimum", "min", (g, a, b) => [() => g.mul(le(a, b)), () => g.mul(gt(a, b))]);
export const eq = binary("eq", "eq", () => null);
export const ne = binary("ne", "ne", () => null);
export const lt = binary("lt", "lt", () => null);
export const le = binary("le", "le", () => null);
export const gt = binary("gt", "gt", () => null);
export const ge = binary("ge", "ge", () => null);

const whereOp = definePointwise({
  name: "where",
  half: "first",
  arity: 3,
  gradient: (c) => {
    const condition = c.input(0);
    return [
      null,
      c.wants(1) ? sumTo(where(condition, c.grad, 0), c.node.in(1).shape) : null,
      c.wants(2) ? sumTo(where(condition, 0, c.grad), c.node.in(2).shape) : null,
    ];
  },
  emit: (emit, operands) => emit.where(at(operands, 0), at(operands, 1), at(operands, 2)),
});

/** `a` where the condition is not 0, else `b`; all three broadcast. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const tensor = (x: Operand) => (typeof x === "number" ? full([], x) : x);
  return record(whereOp, [condition, tensor(a), tensor(b)]);
}
