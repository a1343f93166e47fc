// Triangular masks for hand-written attention. The device computes them from positions, so no mask travels as an array.

import { LabError } from "../../../error.ts";
import { checkInteger, needTensor } from "../../tensor/check-argument.ts";
import { show } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { where } from "./arithmetic.ts";
import { arange } from "./create.ts";

/** column - row: the distance of each key after its query. */
function distances(rows: number, columns: number): Tensor {
  return arange(columns).sub(arange(rows).view(rows, 1));
}
function matrixOf(what: string, x: Tensor): Tensor {
  needTensor(what, x);
  const [rows, columns] = x.shape.slice(-2);
  if (rows === undefined || columns === undefined)
    throw new LabError("shape", {
      what: `${what}: needs a matrix`,
      got: show(x.shape),
      expected: "[..., M, N]",
    });
  return distances(rows, columns);
}

/** [T, T]: 1 where the column (key) is not after the row (query), else 0; with a window only the last `window` keys. */
export function causalMask(T: number, window = 0): Tensor {
  checkInteger("causalMask: window", window, 0);
  const ahead = distances(T, T);
  const past = ahead.le(0);
  return window > 0 ? past.mul(ahead.gt(-window)) : past;
}

/** The lower triangle of [..., M, N]: elements above the diagonal-th diagonal become 0. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return where(matrixOf("tril", x).le(diagonal), x, 0);
}

/** The upper triangle of [..., M, N]: elements below the diagonal-th diagonal become 0. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return where(matrixOf("triu", x).ge(diagonal), x, 0);
}
