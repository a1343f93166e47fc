// Moves elements along an axis: shift fills with zeros (a token shift), roll is cyclic.

import { LabError } from "../../../error.ts";
import { needTensor } from "../../tensor/check-argument.ts";
import { define } from "../../graph/graph.ts";
import { shift as shiftKernel } from "../../kernels/basic/indexing.ts";
import { record } from "../../tensor/current-recorder.ts";
import { axisOf } from "../../values/shape.ts";
import { showValue } from "../../values/show-value.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as rules from "../../dependence/rules/rules.ts";
import { aroundAxis } from "./indexing.ts";
import { cat, narrow } from "./pieces.ts";

const MAX_DISTANCE = 2 ** 31 - 1;

const shiftOp = define({
  name: "shift",
  arity: 1,
  attrs: {
    axis: { kind: "integer", min: 0, max: 7 },
    by: { kind: "integer", min: -MAX_DISTANCE, max: MAX_DISTANCE },
  },
  infer([x], attrs) {
    axisOf("shift", attrs.axis as number, x.shape.length);
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  gradient(c) {
    const { axis, by } = c.node.attrs as { axis: number; by: number };
    return [shift(c.grad, axis, -by)];
  },
  moves: true,
  half: "first",
  follow({ inputs: [x], attrs }) {
    const { axis, by } = attrs as { axis: number; by: number };
    return [rules.shifted(x, axis, by)];
  },
  lower(node, lowering) {
    const { axis, by } = node.attrs as { axis: number; by: number };
    const kernel = shiftKernel(lowering.caps, { ...aroundAxis(node.out().shape, axis), by });
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.output(node)]);
  },
});

function wholePlaces(what: string, x: Tensor, by: number): void {
  needTensor(what, x);
  if (!Number.isInteger(by) || Math.abs(by) > MAX_DISTANCE)
    throw new LabError("value", {
      what: `${what}: bad distance`,
      got: showValue(by),
      expected: "an integer",
    });
}

/** y[t] = x[t - by] along the axis, 0 if t - by is outside; f32 or tokens. The RWKV token shift: by = 1. */
export function shift(x: Tensor, axis: number, by: number): Tensor {
  wholePlaces("shift", x, by);
  const a = axisOf("shift", axis, x.shape.length);
  return by === 0 ? x : record(shiftOp, [x], { axis: a, by });
}

/** Like shift, but cyclic. Over time it looks ahead: not for `forward`. */
export function roll(x: Tensor, axis: number, by: number): Tensor {
  wholePlaces("roll", x, by);
  const a = axisOf("roll", axis, x.shape.length);
  const length = x.shape[a];
  const first = ((by % length) + length) % length;
  if (first === 0) return x;
  return cat([narrow(x, a, length - first, first), narrow(x, a, 0, length - first)], a);
}
