// Rotary position embedding (arXiv 2104.09864), pairs (i, i + D/2) as in nanochat: [B, T, H, D], the position is the
// index on axis 1. Optionally with a QK-norm in the same operation, because one kernel computes both.

import { LabError } from "../../../error.ts";
import { checkOptions, needTensor } from "../../tensor/check-argument.ts";
import { define, type Meta, type Node } from "../../graph/graph.ts";
import * as kernels from "../../kernels/layers/rope.ts";
import type { Lowering, Operand } from "../../graph/lowering.ts";
import { record } from "../../tensor/current-recorder.ts";
import { show } from "../../values/shape.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { needFloat } from "../basic/pointwise.ts";
import { rmsNormOp } from "./norm.ts";
import * as rules from "../../dependence/rules/rules.ts";

const attrs = {
  base: { kind: "number", min: 1, max: 1e9 },
  /** Epsilon of an RMSNorm over D, -1 for none. Norm and rotation commute, so their order is not recorded. */
  norm: { kind: "number", min: -1, max: 1 },
} as const;

function checkRope(x: Meta | undefined): Meta[] {
  if (!x) throw new LabError("internal", "rope without input");
  needFloat("rope", [x]);
  if (x.shape.length !== 4 || x.shape[3] % 2 !== 0)
    throw new LabError("shape", {
      what: "rope: wrong shape",
      got: show(x.shape),
      expected: "[B, T, H, D] with even D",
    });
  return [{ shape: x.shape, dtype: "f32" }];
}

const ropeOp = define({
  name: "rope",
  half: "first",
  arity: 1,
  attrs,
  infer: (inputs) => checkRope(inputs[0]),
  gradient: (c) => [record(ropeGradOp, [c.input(0), c.grad], c.node.attrs)],
  follow: ({ inputs: [x], attrs }) => [rules.rotated(x, attrs.norm as number)],
  lower(node, lowering) {
    turn(node, lowering, [lowering.read(node.in(0)), lowering.output(node)], 1);
  },
  lowerAll: turn,
});

function turn(node: Node, lowering: Lowering, operands: readonly Operand[], count: number): void {
  const [x, y] = operands as [Operand, Operand];
  const { shape, table } = prepare(node, lowering, count);
  lowering.emit(kernels.rope(lowering.caps, shape), [x, table, y]);
}

/** Inputs x, g; output dx. */
const ropeGradOp = define({
  name: "ropeGrad",
  half: "first",
  arity: 2,
  attrs,
  training: true,
  infer: (inputs) => checkRope(inputs[0]),
  lower(node, lowering) {
    const operands = [lowering.read(node.in(0)), lowering.read(node.in(1)), lowering.output(node)];
    turnBack(node, lowering, operands, 1);
  },
  lowerAll: turnBack,
});

function turnBack(node: Node, lowering: Lowering, operands: readonly Operand[], count: number): void {
  const [x, g, dx] = operands as [Operand, Operand, Operand];
  const { shape, table } = prepare(node, lowering, count);
  const own = shape.qkNorm === undefined ? [g, table, dx] : [x, g, table, dx];
  lowering.emit(kernels.ropeGrad(lowering.caps, shape), own);
}

/** The kernel's shape for `count` adjacent tensors, whose batches become one. */
function prepare(node: Node, lowering: Lowering, count: number) {
  const [rows, T, heads, dim] = node.out().shape;
  const { base, norm } = node.attrs as { base: number; norm: number };
  const shape = { rows: rows * count, T, heads, dim, qkNorm: norm < 0 ? undefined : norm };
  const table = lowering.constant(`rope ${T} ${dim} ${base}`, () => kernels.ropeTableData({ T, dim, base }));
  return { shape, table };
}

export interface RopeOptions {
  /** Wavelength base θ (default 10000). */
  base?: number;
}

/** Rotates the pairs (i, i + D/2) of x [B, T, H, D] by -t base^(-2i/D) radians, t the index on axis 1. */
export function rope(x: Tensor, options: RopeOptions = {}): Tensor {
  needTensor("rope", x);
  checkOptions("rope", options, ["base"]);
  const base = options.base ?? 10000;
  const from = x.leaf ? null : x.value.node;
  // rope(rmsNorm(x)) is also one kernel.
  if (from?.op === rmsNormOp && from.inputs.length === 1 && x.shape.length === 4)
    return record(ropeOp, [new Tensor(from.in(0))], { base, norm: from.attrs.epsilon });
  return record(ropeOp, [x], { base, norm: -1 });
}

/** rmsNorm(rope(x)) as one operation, or null when x is not a plain rope. */
export function ropeWithNorm(x: Tensor, epsilon: number): Tensor | null {
  const from = x.leaf ? null : x.value.node;
  if (from?.op !== ropeOp || from.attrs.norm !== -1) return null;
  return record(ropeOp, [new Tensor(from.in(0))], { base: from.attrs.base, norm: epsilon });
}
