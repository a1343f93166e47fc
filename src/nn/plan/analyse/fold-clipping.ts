// Clipping scales all gradients by one number. If only updates read the scaled gradients, these never reach memory: the
// updates read the unscaled gradients and the number.

import type { Scaled } from "../../graph/lowering.ts";
import { rolesOf, type Node, type Value } from "../../graph/graph.ts";
import type { Analysis } from "./analysis.ts";
import { canonical } from "../../graph/look-through.ts";

export class FoldedClipping {
  readonly #updates = new Map<Node, ReadonlySet<Node>>();
  readonly #scaled = new Map<Node, Scaled>();
  readonly #analysis: Analysis;

  constructor(analysis: Analysis) {
    this.#analysis = analysis;
    for (const node of analysis.live) if (node.op.isScaling) this.#find(node);
  }

  /** The unscaled gradients and the scale that an update reads; null if it reads its gradients directly. */
  of(update: Node): Scaled | null {
    return this.#scaled.get(update) ?? null;
  }
  /** The updates that apply this scaling themselves; null if the scaling has a kernel. */
  updatesOf(scaling: Node): ReadonlySet<Node> | null {
    return this.#updates.get(scaling) ?? null;
  }

  #find(scaling: Node): void {
    const last = scaling.inputs.length - 1;
    // A persistent tensor could be overwritten before the update reads it.
    if (scaling.inputs.some((input) => canonical(input).node.leaf)) return;
    const uses = scaling.outputs.flatMap((value) => this.#analysis.uses(value));
    const updates = new Set(uses.flatMap(({ node }) => node ?? []));
    const fits =
      uses.every(({ node, input }) => node !== null && isGradient(node, input)) &&
      [...updates].every((update) => gradientsOf(update).every(({ node }) => node === scaling));
    if (!fits || updates.size === 0) return;
    this.#updates.set(scaling, updates);
    for (const update of updates) {
      const gradients = gradientsOf(update).map(({ output }) => scaling.in(output));
      this.#scaled.set(update, { gradients, scale: scaling.in(last) });
    }
  }
}

function isGradient(node: Node, input: number): boolean {
  const roles = rolesOf(node);
  return roles > 0 && Math.floor(input / (node.inputs.length / roles)) === 1;
}

function gradientsOf(update: Node): Value[] {
  return update.inputs.filter((_, i) => isGradient(update, i)).map(canonical);
}
