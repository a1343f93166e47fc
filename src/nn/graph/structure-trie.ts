// The structures of all steps recorded so far, as one tree: a path from the root is a sequence of operations. Recording
// walks down the tree, normally along the path of the step before. The node where a step ends identifies the step's
// whole structure, so nothing is hashed or compared at the end, and shape rules run only where the path is new.

import type { Attr, Attrs, Meta, Operation, Value } from "./graph.ts";

/** Outputs are counted below this: a node and one of its outputs are one integer. */
export const MAX_OUTPUTS = 4096;

/** A value of the tape as an integer: equal places, equal integers. */
export function numberOf(value: Value): number {
  return value.node.index * MAX_OUTPUTS + value.output;
}

export class StructureNode {
  readonly op: Operation | null;
  /** Which persistent tensor it is, -1 for anything else. */
  readonly identity: number;
  readonly needsGrad: boolean;
  readonly attrs: Attrs;
  /** Inputs, as `numberOf` says. */
  readonly inputs: readonly number[];
  /** Shapes and types by the shape rule. */
  readonly outputs: readonly Meta[];
  /** The line of train.ts that recorded it when it was new, 0 where that is not known. */
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

  /** A tree in which nothing has been recorded. */
  static root(): StructureNode {
    return new StructureNode(null, null, -1, false, {}, [], [], 0);
  }

  /** The place one operation on, or null where none like it has been recorded here before. */
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

  /** The same where `next` found none. Attributes and shapes are frozen: every later step will share them. */
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

/** Names need no counting: an operation's attributes always have the same. */
function sameAttrs(a: Attrs, b: Attrs): boolean {
  if (a === b) return true;
  for (const name in a) if (!sameAttr(a[name], b[name])) return false;
  return true;
}

/** A frozen copy: what train.ts passed it may change. */
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
