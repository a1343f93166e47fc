// The structures of all steps recorded so far, as a trie: a path from the root is a sequence of operations. Recording
// walks down the trie, normally along the path of the previous step. The node at which a step ends identifies the whole
// structure of the step, so no hash or comparison is needed at the end, and shape rules run only on a new path.

import type { Attr, Attrs, Meta, Operation, Value } from "./graph.ts";

/** Upper limit for the outputs of a node, so that one integer can encode a node and an output. */
export const MAX_OUTPUTS = 4096;

/** A value of the tape as an integer: equal for equal places on the tape. */
export function numberOf(value: Value): number {
  return value.node.index * MAX_OUTPUTS + value.output;
}

export class StructureNode {
  readonly op: Operation | null;
  /** Id of the persistent tensor, -1 for other nodes. */
  readonly identity: number;
  readonly needsGrad: boolean;
  readonly attrs: Attrs;
  /** Inputs, encoded by `numberOf`. */
  readonly inputs: readonly number[];
  /** Shapes and types from the shape rule. */
  readonly outputs: readonly Meta[];
  /** The line of train.ts that recorded it first, 0 if unknown. */
  readonly line: number;
  readonly parent: StructureNode | null;
  #likely: StructureNode | null = null;
  readonly #others: StructureNode[] = [];

  private constructor(
    parent: StructureNode | null,
    op: Operation | null,
    identity: number,
    needsGrad: boolean,
    attrs: Attrs,
    inputs: readonly Value[],
    outputs: readonly Meta[],
    line: number,
  ) {
    this.parent = parent;
    this.op = op;
    this.identity = identity;
    this.needsGrad = needsGrad;
    this.attrs = attrs;
    this.inputs = inputs.map(numberOf);
    this.outputs = outputs;
    this.line = line;
  }

  /** An empty trie. */
  static root(): StructureNode {
    return new StructureNode(null, null, -1, false, {}, [], [], 0);
  }

  /** The place after one more operation, or null if this operation is new here. */
  next(
    op: Operation,
    identity: number,
    needsGrad: boolean,
    attrs: Attrs,
    inputs: readonly Value[],
  ): StructureNode | null {
    const likely = this.#likely;
    if (likely === null || likely.#is(op, identity, needsGrad, attrs, inputs)) return likely;
    for (const other of this.#others) {
      if (!other.#is(op, identity, needsGrad, attrs, inputs)) continue;
      this.#likely = other;
      return other;
    }
    return null;
  }

  /** Adds the place that `next` did not find. Attributes and shapes are frozen, because later steps share them. */
  grow(
    op: Operation,
    identity: number,
    needsGrad: boolean,
    attrs: Attrs,
    inputs: readonly Value[],
    outputs: readonly Meta[],
    line: number,
  ): StructureNode {
    for (const { shape } of outputs) Object.freeze(shape);
    const place = new StructureNode(this, op, identity, needsGrad, attrs, inputs, outputs, line);
    this.#others.push(place);
    this.#likely = place;
    return place;
  }

  #is(op: Operation, identity: number, needsGrad: boolean, attrs: Attrs, inputs: readonly Value[]): boolean {
    if (this.op !== op || this.identity !== identity || this.needsGrad !== needsGrad) return false;
    if (this.inputs.length !== inputs.length) return false;
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i];
      if (input === undefined || this.inputs[i] !== numberOf(input)) return false;
    }
    return sameAttrs(this.attrs, attrs);
  }
}

/** Compares values only: the attributes of one operation always have the same names. */
function sameAttrs(a: Attrs, b: Attrs): boolean {
  if (a === b) return true;
  for (const name in a) if (!sameAttr(a[name], b[name])) return false;
  return true;
}

/** A frozen copy, because train.ts may change its own arrays later. */
export function ownAttrs(attrs: Attrs): Attrs {
  const own: Record<string, Attr> = {};
  for (const name in attrs) {
    const value = attrs[name];
    if (value !== undefined)
      own[name] = Array.isArray(value) ? Object.freeze([...(value as readonly number[])]) : value;
  }
  return Object.freeze(own);
}

function sameAttr(a: Attr | undefined, b: Attr | undefined): boolean {
  if (typeof a !== "object" || typeof b !== "object") return Object.is(a, b);
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
