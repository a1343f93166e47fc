// Rows of a table by token, and the gradient: for each row of the table the sum over the positions that used it.

import { LabError } from "../../../error.ts";
import { define } from "../../graph/graph.ts";
import * as kernels from "../../kernels/layers/embedding.ts";
import { record } from "../../tensor/current-recorder.ts";
import { numel, show } from "../../values/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import * as indexed from "../../dependence/rules/indexed.ts";

const embeddingOp = define({
  name: "embedding",
  half: "first",
  arity: 2,
  attrs: {},
  infer([table, tokens]) {
    if (table.shape.length !== 2)
      throw new LabError("shape", {
        what: "embedding: table",
        got: show(table.shape),
        expected: "[V, C]",
      });
    if (table.dtype !== "f32" || tokens.dtype !== "u32")
      throw new LabError("dtype", {
        what: "embedding",
        got: `${table.dtype} and ${tokens.dtype}`,
        expected: "an f32 table and u32 tokens",
        hint: "nn.tensor(Uint32Array.from(ids)), or ids.uint()",
      });
    return [{ shape: [...tokens.shape, table.shape[1]], dtype: "f32" }];
  },
  gradient: (c) => [record(embeddingGradOp, [c.grad, c.input(1)], { vocab: c.node.in(0).shape[0] }), null],
  follow: ({ inputs: [table, tokens] }) => [indexed.embedded(table, tokens)],
  lower(node, lowering) {
    const [vocab, width] = node.in(0).shape;
    const kernel = kernels.embedding(lowering.caps, { rows: numel(node.in(1).shape), vocab, width });
    lowering.emit(kernel, [lowering.read(node.in(0)), lowering.read(node.in(1)), lowering.output(node)]);
  },
});

/** Inputs g [..., C], tokens [...]; output [V, C]. */
const embeddingGradOp = define({
  name: "embeddingGrad",
  arity: 2,
  attrs: { vocab: { kind: "integer", min: 1, max: 2 ** 31 } },
  training: true,
  infer: ([g], attrs) => [{ shape: [attrs.vocab as number, g.shape[g.shape.length - 1]], dtype: "f32" }],
  lower(node, lowering) {
    const [vocab, width] = node.out().shape;
    const passes = kernels.embeddingGrad(lowering.caps, { rows: numel(node.in(1).shape), vocab, width });
    lowering.emitPasses(passes, [
      lowering.read(node.in(1)),
      lowering.read(node.in(0)),
      lowering.output(node),
    ]);
  },
});

/** Rows of a table [V, C] for tokens [...] (u32): [..., C]. A token at or past V reads the last row. */
export function embedding(table: Tensor, tokens: Tensor): Tensor {
  return record(embeddingOp, [table, tokens]);
}
