// Which values of a step may be stored in f16 where the step asks for mixed precision: what flows between the
// operations that carry a model's bytes, forward and backward. Everything else stays f32: parameters (the master weights), what
// optimizers compute, gradients of parameters, losses, statistics, and whatever does not come from the data.

import type { Work } from "../../graph/backend.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { dataLeaf } from "../../ops/basic/leaves.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "./analysis.ts";

/**
 * Outputs of these are stored in f16: products, and what neither grows nor cancels much. Not among them are sums,
 * logarithms, exponentials, powers and quotients, as in PyTorch's autocast. The gradient operations among them give
 * gradients of activations first; those of gains come after and are f32.
 */
const FIRST_OUTPUT = new Set([
  "matmul",
  "embedding",
  "rmsNorm",
  "layerNorm",
  "rope",
  "attention",
  "causalConv",
  "softmax",
  "rmsNormGrad",
  "layerNormGrad",
  "ropeGrad",
  "causalConvGrad",
  "softmaxGrad",
  "crossEntropyGrad",
  "add",
  "sub",
  "mul",
  "neg",
  "where",
  "max",
  "min",
  "relu",
  "square",
  "gelu",
  "silu",
  "sigmoid",
  "tanh",
  "softcap",
  "cat",
  "pad",
  "shift",
  "narrow",
  "permute",
  "expand",
]);
const EVERY_OUTPUT = new Set(["attentionGrad"]);

/** Values with fewer elements are statistics more often than they are bytes. */
const LEAST = 512;

/**
 * Gradients are stored times 2^12. A mean over some thousand tokens makes them 1e-6 or so, where f16 has few digits left
 * (below 6e-5) or none (below 6e-8); so stored, they have all eleven bits from 1.5e-8 to 16 and some from 1.5e-11. It is
 * loss scaling, but a matter of the storage alone: whoever reads a gradient reads its true value.
 */
const GRADIENT_EXPONENT = 12;

export class StoredPrecision {
  readonly #analysis: Analysis;
  readonly #backwards: readonly number[];
  /** Nodes that depend on data. */
  readonly #fromData = new Set<Node>();
  readonly #outside = new Map<Value, boolean>();

  constructor(work: Work, analysis: Analysis) {
    this.#analysis = analysis;
    this.#backwards = work.backwards;
    for (const node of work.nodes)
      if (node.op === dataLeaf || node.inputs.some((input) => this.#fromData.has(input.node)))
        this.#fromData.add(node);
  }

  /** The exponent of the power of two the value is stored times in f16; undefined where it is stored in f32. */
  exponentOf(value: Value): number | undefined {
    const { node } = value;
    const carried = EVERY_OUTPUT.has(node.op.name) || (value.output === 0 && FIRST_OUTPUT.has(node.op.name));
    if (!carried || value.dtype !== "f32" || numel(value.shape) < LEAST || !this.#fromData.has(node))
      return undefined;
    if (this.#isGradient(node)) return this.#leaves(value) ? undefined : GRADIENT_EXPONENT;
    return node.needsGrad ? 0 : undefined;
  }

  /** Whether the node was recorded by `backward`. */
  #isGradient({ index }: Node): boolean {
    return this.#backwards.some(
      (from, i) => i % 2 === 0 && from <= index && index < (this.#backwards[i + 1] ?? from),
    );
  }

  /** Whether a gradient goes to whoever asked for it (an optimizer), by itself or as part of a sum or a piece. */
  #leaves(value: Value): boolean {
    const known = this.#outside.get(value);
    if (known !== undefined) return known;
    const result = this.#analysis.uses(value).some(({ node }) => {
      if (!node || !this.#isGradient(node)) return true;
      const through = node.op.pointwise ?? MOVES.has(node.op.name);
      return Boolean(through) && this.#leaves(node.out());
    });
    this.#outside.set(value, result);
    return result;
  }
}

const MOVES = new Set(["permute", "narrow", "expand", "cat", "pad", "shift"]);
