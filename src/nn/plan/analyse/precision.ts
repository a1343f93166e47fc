// Decides which values of a mixed-precision step are stored in f16: activations and their gradients, if the operation
// allows it (trait `half`). Parameters, optimizer state, gradients of parameters, losses and statistics stay f32, as
// does every value that does not depend on the data. As in PyTorch's autocast, an operation allows it if its results
// neither grow nor cancel much; sums, logarithms, exponentials, powers and quotients do not allow it.

import type { Work } from "../../graph/backend.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { numel } from "../../values/shape.ts";
import type { Analysis } from "./analysis.ts";

/** Values with fewer elements stay f32: they are mostly statistics, and save few bytes. */
const MIN_ELEMENTS = 512;

/**
 * Gradients are stored times 2^12. A mean over some thousand tokens makes them about 1e-6, where f16 has few digits
 * (below 6e-5) or none (below 6e-8). Times 2^12 they have all eleven bits from 1.5e-8 to 16, and some from 1.5e-11.
 * This is loss scaling, but only in storage: every kernel that reads a gradient reads its true value.
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
      if (node.leaf?.kind === "data" || node.inputs.some((input) => this.#fromData.has(input.node)))
        this.#fromData.add(node);
  }

  /** The exponent e of a value stored in f16 times 2^e; undefined for a value stored in f32. */
  exponentOf(value: Value): number | undefined {
    const { node } = value;
    const carried = node.op.half === "every" || (value.output === 0 && node.op.half === "first");
    if (!carried || value.dtype !== "f32" || numel(value.shape) < MIN_ELEMENTS || !this.#fromData.has(node))
      return undefined;
    if (this.#isGradient(node)) return this.#leaves(value) ? undefined : GRADIENT_EXPONENT;
    return node.needsGrad ? 0 : undefined;
  }

  /** Whether the node was recorded by `backward`. */
  #isGradient({ index }: Node): boolean {
    return this.#backwards.some((from, i) => i % 2 === 0 && from <= index && index < this.#backwards[i + 1]);
  }

  /** Whether a gradient leaves the backward pass (to an optimizer), by itself or as part of a sum or a piece. */
  #leaves(value: Value): boolean {
    const known = this.#outside.get(value);
    if (known !== undefined) return known;
    const result = this.#analysis.uses(value).some(({ node }) => {
      if (!node || !this.#isGradient(node)) return true;
      return (node.op.pointwise !== undefined || node.op.moves === true) && this.#leaves(node.out());
    });
    this.#outside.set(value, result);
    return result;
  }
}
