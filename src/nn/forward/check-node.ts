// One operation that came out of the sandbox: known by name, as many inputs as it takes, attributes within their rules,
// shapes inferred anew. Forward passes and steps are both made of these.

import { array, attributes, fail, integer, text } from "./check-json.ts";
import { findOperation, type Attrs, type Meta, type Operation } from "../graph/graph.ts";
import { checkShape, numel } from "../values/shape.ts";
// The operations register themselves when they are loaded.
import "../api.ts";

/** Node and output. */
export type Place = readonly [node: number, output: number];

/** Leaves and writes have rules of their own: no operation of a graph may take their names. */
const NAMED = new Set(["parameter", "data", "updated"]);

/** Limits on the cost of a graph. */
export interface SizeLimits {
  /** Elements of one tensor. */
  readonly elements: number;
  /** Elements of all tensors together, were none shared. */
  readonly total: number;
  /** Arithmetic operations. */
  readonly work: number;
}

interface CheckedOperation {
  readonly op: Operation;
  readonly attrs: Attrs;
  /** Numbers it carries. */
  readonly numbers: number;
  readonly outputs: readonly Meta[];
}

/** An earlier node and one of its outputs. Throws LabError "graph". */
export function readPlace(
  what: string,
  value: unknown,
  nodes: readonly { readonly outputs: readonly Meta[] }[],
): Place {
  const pair = array(what, value, 2);
  const node = integer(what, pair[0], 0, nodes.length - 1);
  return [node, integer(what, pair[1], 0, nodes[node].outputs.length - 1)];
}

/** Throws LabError "graph", or the shape rule's own error. `training`: whether an operation of training may stand there. */
export function checkOperation(
  what: string,
  given: { readonly op: unknown; readonly attrs: unknown },
  inputs: readonly Meta[],
  training: boolean,
): CheckedOperation {
  const name = text(`${what}: operation`, given.op, 40);
  const op = NAMED.has(name) ? undefined : findOperation(name);
  if (!op) fail(`${what}: unknown operation`, name);
  if (op.training && !training) fail(`${what}: an operation of training`, name);
  const [least, most] = typeof op.arity === "number" ? [op.arity, op.arity] : op.arity;
  if (inputs.length < least || inputs.length > most)
    fail(`${what}: ${name} inputs`, inputs.length, least === most ? String(least) : `${least} to ${most}`);
  const attrs = attributes(`${what}: ${name}`, op, given.attrs);
  // An operation with a number in place of an operand has one input less.
  if (Object.hasOwn(op.attrs, "number") && inputs.length !== (attrs.number === "both" ? 2 : 1))
    fail(`${what}: ${name} operands`, inputs.length);
  const numbers = typeof op.numbers === "function" ? op.numbers(attrs) : (op.numbers ?? 0);
  return { op, attrs, numbers, outputs: op.infer(inputs, attrs) };
}

/** Adds up the cost of the nodes of a graph. Throws LabError "graph" at the first node that exceeds a limit. */
export class Sizes {
  readonly #limits: SizeLimits;
  #elements = 0;
  #work = 0;

  constructor(limits: SizeLimits) {
    this.#limits = limits;
  }

  add(
    what: string,
    op: Operation | null,
    inputs: readonly Meta[],
    outputs: readonly Meta[],
    attrs: Attrs,
  ): void {
    const { elements, total, work } = this.#limits;
    for (const { shape } of outputs) {
      checkShape(what, shape);
      const count = numel(shape);
      if (count > elements) fail(`${what} is too large`, shape, `at most ${elements} elements`);
      this.#elements += count;
    }
    this.#work +=
      (op?.work ?? op?.flops)?.({ inputs, outputs, attrs }) ??
      inputs.reduce(
        (sum, { shape }) => sum + numel(shape),
        16 * outputs.reduce((sum, { shape }) => sum + numel(shape), 0),
      );
    if (this.#elements > total) fail("too many elements in all", this.#elements, `at most ${total}`);
    if (this.#work > work) fail("too much work", this.#work, `at most ${work} operations`);
  }
}
