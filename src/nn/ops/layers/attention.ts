// Causal attention in one operation, as in FlashAttention (arXiv 2205.14135): the scores [T, T] never exist in memory;
// the forward pass keeps one log-sum-exp per row for the backward pass.

import { LabError } from "../../../error.ts";
import { checkOptions } from "../../tensor/check-argument.ts";
import { define, type Attrs, type Meta } from "../../graph/graph.ts";
import * as kernels from "../../kernels/layers/attention.ts";
import type { Operand } from "../../graph/lowering.ts";
import { recordNode } from "../../tensor/current-recorder.ts";
import { numel, show } from "../../values/shape.ts";
import { showValue } from "../../values/show-value.ts";
import { Tensor } from "../../tensor/tensor.ts";
import { needFloat } from "../basic/pointwise.ts";
import * as products from "../../dependence/rules/products.ts";

const attrs = {
  /** Number of positions that a query attends to, its own included; 0 for all. */
  window: { kind: "integer", min: 0, max: 2 ** 31 },
  /** 0 stands for 1 / sqrt(D). */
  scale: { kind: "number", min: 0, max: 1e6 },
} as const;

function inferAttention(inputs: readonly Meta[]): Meta[] {
  needFloat("attention", inputs);
  const [q, k, v] = inputs.map((x) => x.shape);
  const [B, T, H, D] = q;
  const G = k[2];
  const fits = (x: readonly number[]) =>
    x.length === 4 && x[0] === B && x[1] === T && x[2] === G && x[3] === D;
  if (q.length !== 4 || !fits(k) || !fits(v) || H % G !== 0)
    throw new LabError("shape", {
      what: "attention: shapes do not fit",
      got: `q ${show(q)}, k ${show(k)}, v ${show(v)}`,
      expected: "q [B, T, H, D], k and v [B, T, G, D] with G dividing H",
    });
  if (D > 128)
    throw new LabError("shape", { what: "attention: head size", got: String(D), expected: "at most 128" });
  return [
    { shape: q, dtype: "f32" },
    { shape: [B, H, T], dtype: "f32" },
  ];
}

/** Outputs: result [B, T, H, D], log-sum-exp [B, H, T]. */
const attentionOp = define({
  name: "attention",
  half: "first",
  flops({ inputs: [q, k], attrs }) {
    const shape = attentionShape(q, k, attrs);
    return 4 * kernels.pairs(shape) * shape.dim;
  },
  work: ({ outputs: [out] }) => 4 * numel(out.shape) * out.shape[1],
  arity: 3,
  attrs,
  infer: inferAttention,
  gradient: (c) =>
    recordNode(
      attentionGradOp,
      [c.input(0), c.input(1), c.input(2), c.output(0), c.output(1), c.grad],
      c.node.attrs,
    ).outputs.map((value) => new Tensor(value)),
  follow: ({ inputs: [q, k, v], attrs }) => products.attended(q, k, v, attrs.scale as number),
  lower(node, lowering) {
    const [q, k, v] = [node.in(0), node.in(1), node.in(2)];
    const kernel = kernels.attention(lowering.caps, attentionShape(q, k, node.attrs));
    const inputs = [q, k, v].map((x) => lowering.read(x));
    lowering.emit(kernel, [...inputs, lowering.output(node, 0), lowering.output(node, 1)]);
  },
});

/** Inputs q, k, v, result, log-sum-exp, gradient; outputs dq, dk, dv. */
const attentionGradOp = define({
  name: "attentionGrad",
  half: "every",
  arity: 6,
  attrs,
  training: true,
  infer: (inputs) => inputs.slice(0, 3).map(({ shape }) => ({ shape, dtype: "f32" as const })),
  lower(node, lowering) {
    const shape = attentionShape(node.in(0), node.in(1), node.attrs);
    const [queries, keys] = kernels.attentionGrad(lowering.caps, shape);
    const [q, k, v, out, lse, g] = [0, 1, 2, 3, 4, 5].map((i) => lowering.read(node.in(i))) as [
      Operand,
      Operand,
      Operand,
      Operand,
      Operand,
      Operand,
    ];
    const delta = lowering.scratch(numel(node.in(4).shape));
    lowering.emit(queries, [q, k, v, out, g, lse, lowering.output(node, 0), delta]);
    lowering.emit(keys, [q, k, v, g, lse, delta, lowering.output(node, 1), lowering.output(node, 2)]);
  },
});

export interface AttentionOptions {
  /** Sliding window: number of positions that a query attends to, its own included. Default: all. */
  window?: number;
  /** Multiplies the scores; default 1 / sqrt(D). */
  scale?: number;
}

/** The kernel's shape for a node of either operation. */
export function attentionShape(q: Meta, k: Meta, a: Attrs) {
  const [B, T, heads, dim] = q.shape;
  const window = a.window as number;
  return {
    B,
    T,
    heads,
    kvHeads: k.shape[2],
    dim,
    window: window === 0 || window >= T ? undefined : window,
    scale: a.scale === 0 ? 1 / Math.sqrt(dim) : (a.scale as number),
  };
}

/**
 * Causal attention: softmax(scale q kᵀ + mask) v per head. q [B, T, H, D]; k, v [B, T, G, D] where G divides H
 * (grouped queries: heads h with the same floor(h G / H) share keys and values). Result [B, T, H, D].
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  checkOptions("attention", options, ["window", "scale"]);
  const window = options.window ?? 0;
  const scale = options.scale ?? 0;
  if (!Number.isInteger(window) || window < 0)
    throw new LabError("value", {
      what: "attention: bad window",
      got: showValue(window),
      expected: "a positive integer, or 0 for no window",
    });
  if (!Number.isFinite(scale) || scale < 0)
    throw new LabError("value", {
      what: "attention: bad scale",
      got: showValue(scale),
      expected: "a positive number",
    });
  return new Tensor(recordNode(attentionOp, [q, k, v], { window, scale }).out());
}
