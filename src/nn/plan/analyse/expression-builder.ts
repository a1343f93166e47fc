// Builds the straight-line program of a fused chain. Equal instructions are merged: a gradient that recomputes a part
// of the forward pass costs nothing if both are in one chain.

import type { PointwiseEmitter } from "../../kernels/wgsl/expression.ts";
import { assert } from "../../../error.ts";
import type { Node, Value } from "../../graph/graph.ts";
import type { BinaryOp, Expression, Instruction, UnaryOp } from "../../kernels/wgsl/expression.ts";
import type { Shape } from "../../values/shape.ts";
import type { NumberSource } from "../../graph/uniform-values.ts";

export class ExpressionBuilder {
  readonly instructions: Instruction[] = [];
  readonly inputs: { value: Value; shape: Shape }[] = [];
  readonly numbers: NumberSource[];
  readonly #found = new Map<string, number>();
  readonly #inputs = new Map<string, number>();
  readonly #firstInput: number;

  /** `numbers` may be shared, so that a prologue and an epilogue use one block. */
  constructor(options: { firstInput?: number; numbers?: NumberSource[] } = {}) {
    this.#firstInput = options.firstInput ?? 0;
    this.numbers = options.numbers ?? [];
  }

  input(value: Value, shape: Shape): number {
    const key = `${value.node.index}.${value.output}:${shape.join()}`;
    let index = this.#inputs.get(key);
    if (index === undefined) {
      index = this.inputs.length;
      this.inputs.push({ value, shape });
      this.#inputs.set(key, index);
    }
    return this.rawInput(this.#firstInput + index);
  }
  rawInput(index: number): number {
    return this.#push({ op: "input", index });
  }
  number(source: NumberSource): number {
    if (source.kind === "constant") return this.#push({ op: "constant", value: source.value });
    const key = JSON.stringify(source);
    let slot = this.numbers.findIndex((other) => JSON.stringify(other) === key);
    if (slot < 0) slot = this.numbers.push(source) - 1;
    return this.#push({ op: "number", slot });
  }
  unary(op: UnaryOp, a: number): number {
    return this.#push({ op, a });
  }
  binary(op: BinaryOp, a: number, b: number): number {
    return this.#push({ op, a, b });
  }
  where(condition: number, a: number, b: number): number {
    return this.#push({ op: "where", condition, a, b });
  }
  constant(value: number): number {
    return this.#push({ op: "constant", value });
  }

  /** Appends one elementwise node on operands that are instructions already. */
  node(node: Node, operands: readonly number[]): number {
    assert(node.op.pointwise, `${node.op.name} is not elementwise`);
    const emitter: PointwiseEmitter = {
      unary: (op, a) => this.unary(op, a),
      binary: (op, a, b) => this.binary(op, a, b),
      where: (c, a, b) => this.where(c, a, b),
      constant: (value) => this.constant(value),
      number: (slot) => this.number({ kind: "slot", node: node.index, slot }),
    };
    return node.op.pointwise(emitter, operands, node);
  }

  finish(...outputs: number[]): Expression {
    return { instructions: this.instructions, outputs };
  }

  #push(instruction: Instruction): number {
    const key = JSON.stringify(instruction);
    let index = this.#found.get(key);
    if (index === undefined) {
      index = this.instructions.push(instruction) - 1;
      this.#found.set(key, index);
    }
    return index;
  }
}
