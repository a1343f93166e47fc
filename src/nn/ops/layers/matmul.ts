// Matrix products. [..., M, K] times one matrix is a single product over all rows; otherwise the leading axes broadcast
// as a batch.

import { LabError } from "../../../error.ts";
import { checkOptions, needTensor } from "../../tensor/check-argument.ts";
import { define, type Meta } from "../../graph/graph.ts";
import { record } from "../../tensor/current-recorder.ts";
import { broadcast, numel, show } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { needFloat } from "../basic/pointwise.ts";
import { sumTo } from "../basic/reduce.ts";
import { expand, view } from "../basic/views.ts";
import * as products from "../../dependence/rules/products.ts";

export interface MatmulOptions {
  /** The left operand is [..., K, M]. */
  transposeA?: boolean;
  /** The right operand is [..., N, K]. */
  transposeB?: boolean;
}

interface MatmulAttrs {
  transposeA: boolean;
  transposeB: boolean;
}

function inferMatmul(inputs: readonly Meta[], attrs: MatmulAttrs): Meta[] {
  needFloat("matmul", inputs);
  const a = inputs[0].shape;
  const b = inputs[1].shape;
  const got = () =>
    `${show(a)} × ${show(b)}${attrs.transposeA || attrs.transposeB ? ` with ${[attrs.transposeA && "transposeA", attrs.transposeB && "transposeB"].filter(Boolean).join(", ")}` : ""}`;
  if (a.length < 2 || b.length < 2)
    throw new LabError("shape", {
      what: "matmul: needs matrices",
      got: got(),
      expected: "two axes or more each",
      hint: "use view to add an axis",
    });
  const [m, ka] = attrs.transposeA ? [a[a.length - 1], a[a.length - 2]] : [a[a.length - 2], a[a.length - 1]];
  const [kb, n] = attrs.transposeB ? [b[b.length - 1], b[b.length - 2]] : [b[b.length - 2], b[b.length - 1]];
  if (ka !== kb)
    throw new LabError("shape", {
      what: "matmul: inner sizes differ",
      got: got(),
      expected: `${ka} = ${kb}`,
      hint: kb !== n && n === ka ? "transposeB: true?" : undefined,
    });
  return [{ shape: [...broadcast("matmul", a.slice(0, -2), b.slice(0, -2)), m, n], dtype: "f32" }];
}

const matmulOp = define({
  name: "matmul",
  arity: 2,
  attrs: { transposeA: { kind: "boolean" }, transposeB: { kind: "boolean" } },
  isProduct: true,
  half: "first",
  flops: ({ inputs: [a], outputs: [out], attrs }) =>
    2 * numel(out.shape) * a.shape[a.shape.length - (attrs.transposeA === true ? 2 : 1)],
  infer: (inputs, attrs) => inferMatmul(inputs, attrs as unknown as MatmulAttrs),
  gradient(c) {
    const { transposeA, transposeB } = c.node.attrs as unknown as MatmulAttrs;
    const a = c.input(0);
    const b = c.input(1);
    const g = c.grad;
    const da = () =>
      transposeA
        ? matmul(b, g, { transposeA: transposeB, transposeB: true })
        : matmul(g, b, { transposeB: !transposeB });
    const db = () =>
      transposeB
        ? matmul(g, a, { transposeA: true, transposeB: transposeA })
        : matmul(a, g, { transposeA: !transposeA });
    // One weight for all rows: the rows of all batches form one long inner axis, so no sum over batches is needed.
    const weight = () => {
      const rows = view(a, [-1, a.shape[a.shape.length - 1]]);
      const up = view(g, [-1, g.shape[g.shape.length - 1]]);
      return transposeB ? matmul(up, rows, { transposeA: true }) : matmul(rows, up, { transposeA: true });
    };
    return [
      c.wants(0) ? sumTo(da(), a.shape) : null,
      c.wants(1)
        ? b.shape.length === 2 && a.shape.length > 2 && !transposeA
          ? weight()
          : sumTo(db(), b.shape)
        : null,
    ];
  },
  follow({ inputs: [a, b], attrs }) {
    const { transposeA, transposeB } = attrs as unknown as MatmulAttrs;
    return [products.multiplied(a, b, transposeA, transposeB)];
  },
});

/** Matrix product over the last two axes; see `Tensor.matmul`. */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  checkOptions("matmul", options, ["transposeA", "transposeB"]);
  needTensor("matmul", a);
  needTensor("matmul", b);
  const attrs = { transposeA: options.transposeA ?? false, transposeB: options.transposeB ?? false };
  if (b.shape.length === 2) return record(matmulOp, [a, b], attrs);
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const full = broadcastBatch(batchA, batchB);
  // The kernels support batches of equal size, or of size 1; other batches are expanded first.
  const fit = (x: Tensor, batch: readonly number[]) =>
    full && numel(batch) !== 1 && numel(batch) !== numel(full)
      ? expand(x, [...full, ...x.shape.slice(-2)])
      : x;
  return record(matmulOp, [fit(a, batchA), fit(b, batchB)], attrs);
}

function broadcastBatch(a: readonly number[], b: readonly number[]): readonly number[] | null {
  return numel(a) === 1 || numel(b) === 1 ? null : broadcast("matmul", a, b);
}
