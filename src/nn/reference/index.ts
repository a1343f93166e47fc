// Runs the graph in float64 on the CPU, slow and simple: the reference for every kernel and every gradient.

import { LabError } from "../../error.ts";
import type { Backend, Work } from "../graph/backend.ts";
import type { Node, Value } from "../graph/graph.ts";
import type { HostArray, Persistent } from "../graph/leaf.ts";
import { numel } from "../values/shape.ts";
import { indexingReference } from "./indexing.ts";
import { modelReference } from "./model.ts";
import { pointwise } from "./pointwise.ts";
import { shapeReference } from "./shapes.ts";
import type { ReferenceTable } from "./table.ts";
import { updateReference } from "./update.ts";

const table: ReferenceTable = {
  ...shapeReference,
  ...indexingReference,
  ...modelReference,
  ...updateReference,
};

export class ReferenceBackend implements Backend {
  readonly #stored = new Map<Persistent, Float64Array>();

  /** The float64 values of a persistent tensor. */
  stored(leaf: Persistent): Float64Array {
    let values = this.#stored.get(leaf);
    if (!values) {
      values = leaf.initial ? Float64Array.from(leaf.initial) : new Float64Array(numel(leaf.shape));
      leaf.initial = null;
      this.#stored.set(leaf, values);
    }
    return values;
  }

  execute(work: Work): Promise<HostArray[]> {
    const values = this.compute([...work.wanted, ...work.writes.map(({ value }) => value)]);
    const outputs = work.wanted.map((value, i) => toHost(values[i] ?? new Float64Array(), value));
    work.writes.forEach(({ leaf }, i) =>
      this.#stored.set(leaf, (values[work.wanted.length + i] ?? new Float64Array()).slice()),
    );
    return Promise.resolve(outputs);
  }

  /** Computes values in float64, without storing writes. */
  compute(wanted: readonly Value[]): Float64Array[] {
    const results = new Map<Node, Float64Array[]>();
    const evaluate = (value: Value): Float64Array => {
      // Iterative, because graphs are deeper than the call stack allows.
      const stack = [value.node];
      for (let node = stack[stack.length - 1]; node; node = stack[stack.length - 1]) {
        const missing = results.has(node) ? [] : node.inputs.filter((input) => !results.has(input.node));
        if (missing.length > 0) stack.push(...missing.map((input) => input.node));
        else {
          stack.pop();
          if (!results.has(node))
            results.set(
              node,
              this.#run(
                node,
                node.inputs.map((v) => results.get(v.node)?.[v.output] ?? new Float64Array()),
              ),
            );
        }
      }
      return results.get(value.node)?.[value.output] ?? new Float64Array();
    };
    return wanted.map(evaluate);
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  forget(): void {
    this.#stored.clear();
  }

  #run(node: Node, inputs: readonly Float64Array[]): Float64Array[] {
    const leaf = node.start;
    if (leaf?.kind === "persistent") return [this.stored(leaf)];
    if (leaf?.kind === "data") return [Float64Array.from(leaf.array)];
    if (node.op.pointwise) return [pointwise(node, inputs)];
    const reference = table[node.op.name];
    if (!reference) throw new LabError("internal", `no reference for ${node.op.name}`);
    return reference(inputs, node);
  }
}

function toHost(values: Float64Array, value: Value): HostArray {
  return value.dtype === "u32" ? Uint32Array.from(values) : Float32Array.from(values);
}
