// The recorded graph. A node has an operation, inputs, attributes (structure: they are part of a plan's key) and
// numbers (data: they are slots of the plan, so a new learning rate needs no new plan).

import type { DType, Shape } from "../values/shape.ts";
import { assert } from "../../error.ts";
import type { Followed, Knowledge } from "../dependence/knowledge.ts";
import type { Capabilities, Kernel } from "../kernels/kernel.ts";
import type { Expression, PointwiseEmitter } from "../kernels/wgsl/expression.ts";
import type { Leaf } from "./leaf.ts";
import type { StructureNode } from "./structure-trie.ts";
import type { Lowering, Operand } from "./lowering.ts";
import type { NumberSource } from "./uniform-values.ts";
import type { Tensor } from "../tensor/tensor.ts";

export type Attr = number | string | boolean | readonly number[];
export type Attrs = Readonly<Record<string, Attr>>;

/** Shape and element type of one output. */
export interface Meta {
  readonly shape: Shape;
  readonly dtype: DType;
}

/** The allowed values of an attribute; recording and the loader of untrusted graphs check it. */
export type AttrRule =
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "number"; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "shape" } // positive integers
  | { readonly kind: "axes" } // non-negative integers
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "text"; readonly max: number };

/** The arguments of an operation's `gradient`. All tensors are recorded lazily, so unused ones cost nothing. */
export interface GradientContext {
  readonly node: Node;
  /** The gradient of output 0 (the common case). */
  readonly grad: Tensor;
  readonly grads: readonly (Tensor | null)[];
  input(i: number): Tensor;
  output(i: number): Tensor;
  /** Whether input i leads to a parameter. */
  wants(i: number): boolean;
}

/** The properties that determine the cost of an operation: those of a node, or of one not recorded yet. */
export interface Sizes {
  readonly inputs: readonly Meta[];
  readonly outputs: readonly Meta[];
  readonly attrs: Attrs;
}

/** An elementwise chain on one value, with the numbers it reads. */
export interface ChainEnd {
  readonly expression: Expression;
  readonly numbers: readonly NumberSource[];
}

/** The kernels of a loss that reads each row of its logits separately. `rows`: number of rows of a kernel. */
export interface RowKernels {
  /** Whether `node` computes the gradient of the loss with respect to its logits. Its inputs 2 and 3: output 1, g. */
  isGradientOf(node: Node, loss: Node): boolean;
  /** Bindings: logits, targets, outputs 0 and 1. */
  forward(caps: Capabilities, loss: Node, rows: number): Kernel;
  /** As `forward`, and replaces the logits by their gradient times number 0. */
  both(caps: Capabilities, loss: Node, rows: number): Kernel;
  /** Replaces the logits by their gradient. Bindings: logits, targets, output 1, one upstream gradient per row. */
  backward(caps: Capabilities, loss: Node, rows: number): Kernel;
}

/**
 * One operation: shape rule, gradient, kernels, and the traits on which the planner and the importer decide; they never
 * compare names. Defined once in ops/.
 */
export interface Operation {
  readonly name: string;
  /** Number of inputs: exact, or a range [from, to]. */
  readonly arity: number | readonly [number, number];
  readonly attrs: Readonly<Record<string, AttrRule>>;
  /** Number of its numbers (default 0). */
  readonly numbers?: number | ((attrs: Attrs) => number);
  /**
   * Number of tensors per parameter in an optimizer's update: inputs are all parameters, then all gradients, then the
   * moments. It writes all but the gradients. Unset: the operation is no update.
   */
  readonly roles?: number | ((attrs: Attrs) => number);
  /** For training steps only: not allowed in a forward pass that is scored. */
  readonly training?: boolean;
  /** Shapes of the outputs; throws LabError "shape", "dtype" or "value". */
  infer(inputs: readonly Meta[], attrs: Attrs): readonly Meta[];
  /**
   * Gradients of the inputs, null where there is none. An operation without `gradient` stops the gradient. The recorded
   * operations may depend only on the structure and on the node's numbers, because they are replayed in later steps.
   */
  gradient?(context: GradientContext): (Tensor | null)[];
  /** The gradient is code of train.ts: it may depend on anything, and runs in every step. */
  readonly freeGradient?: boolean;
  /**
   * The dependence rule: for each output the tokens that its elements can depend on. Elementwise operations are
   * followed by their instructions. Absent or null: every result may depend on every token of every input.
   */
  readonly follow?: (node: Followed<Attrs>) => readonly Knowledge[] | null;
  /**
   * The result is a view of input 0: "same" elements in the same order; "repeat" along axes of size 1, to attrs.shape;
   * "reorder" by attrs.axes; or a "piece" of attrs.length elements from attrs.start along attrs.axis.
   */
  readonly view?: "same" | "repeat" | "reorder" | "piece";
  /** Every element of the result is an element of an input, or zero. */
  readonly moves?: boolean;
  /** Whether the result consists of the inputs one after the other in memory. */
  readonly joins?: (node: Node) => boolean;
  /** A matrix product over the last two axes; attrs transposeA and transposeB. The planner itself lowers it. */
  readonly isProduct?: boolean;
  /** Elementwise: the sum of two inputs, or of an input and a number. */
  readonly isSum?: boolean;
  /** Output i is input i times the last input. */
  readonly isScaling?: boolean;
  /** Elementwise: its arithmetic is so expensive that computing it twice costs more than storing it. */
  readonly costly?: boolean;
  /** The outputs that may be stored in f16 in mixed precision: they neither grow nor cancel much. Unset: none. */
  readonly half?: "first" | "every";
  /** The number that all elements of the result equal; null if unknown. `of`: the same for input i. */
  readonly uniform?: (node: Node, of: (i: number) => NumberSource | null) => NumberSource | null;
  /** The first axis over which a node sums, and the number of axes; null if it does not sum. */
  readonly sumsOver?: (node: Node) => { readonly axis: number; readonly count: number } | null;
  /** `lower` reads input 0 by `Lowering.chain`: the kernel computes an elementwise chain while it reads. */
  readonly readsChain?: boolean;
  /** Number of operations in a forward pass, for the utilisation of the device. Unset: not counted. */
  readonly flops?: (sizes: Sizes) => number;
  /** An upper bound for the operations of a node. Default: `flops`, or a constant per element. */
  readonly work?: (sizes: Sizes) => number;
  /** Name of a node in errors. Default: the name of its operation. */
  readonly label?: (attrs: Attrs) => string;
  /** Present on elementwise operations: the instructions, so that chains fuse. */
  readonly pointwise?: (
    emit: PointwiseEmitter,
    operands: readonly number[],
    node: Pick<Node, "attrs" | "numbers">,
  ) => number;
  /** Emits the kernels of one node. The planner itself lowers views and elementwise operations. */
  lower?(node: Node, lowering: Lowering): void;
  /** The same for `count` equal nodes with adjacent operands: `operands` are all inputs, then the output. */
  readonly lowerAll?: (node: Node, lowering: Lowering, operands: readonly Operand[], count: number) => void;
  /** The same for equal nodes whose results lie anywhere in one buffer: result i starts at element places[i]. */
  readonly lowerSpread?: (
    node: Node,
    lowering: Lowering,
    operands: readonly Operand[],
    places: readonly number[],
  ) => void;
  /**
   * Emits the kernel with a chain applied to its only output, into `result`. Returns false, and emits nothing, if its
   * inputs do not lie as needed.
   */
  readonly lowerEnding?: (node: Node, lowering: Lowering, result: Operand, end: ChainEnd) => boolean;
  /** Emits the kernel with `addend` added to output 0, which has the same shape; the sum is output 0 of `sum`. */
  readonly lowerAdding?: (node: Node, lowering: Lowering, addend: Value, sum: Node) => void;
  /** The kernels of a loss that the planner may compute some rows of the logits at a time. */
  readonly byRows?: RowKernels;
}

/** One result of a node. */
export class Value implements Meta {
  readonly node: Node;
  readonly output: number;
  readonly shape: Shape;
  readonly dtype: DType;
  constructor(node: Node, output: number, meta: Meta) {
    this.node = node;
    this.output = output;
    this.shape = meta.shape;
    this.dtype = meta.dtype;
  }
}

export class Node {
  readonly op: Operation;
  readonly inputs: readonly Value[];
  readonly attrs: Attrs;
  readonly numbers: readonly number[];
  readonly outputs: readonly Value[];
  readonly leaf: Leaf | null;
  /** Whether a gradient flows through it. */
  readonly needsGrad: boolean;
  /** The step in which it was first recorded. */
  readonly born: number;
  /** The step whose tape holds it now, and its index on that tape. */
  epoch = 0;
  index = -1;
  /** The line of train.ts that recorded it, for errors; 0 if unknown. */
  line = 0;
  constructor(
    op: Operation,
    inputs: readonly Value[],
    attrs: Attrs,
    numbers: readonly number[],
    metas: readonly Meta[],
    needsGrad: boolean,
    born: number,
    leaf: Leaf | null = null,
  ) {
    this.op = op;
    this.inputs = inputs;
    this.attrs = attrs;
    this.numbers = numbers;
    const outputs: Value[] = [];
    for (const meta of metas) outputs.push(new Value(this, outputs.length, meta));
    this.outputs = outputs;
    this.needsGrad = needsGrad;
    this.born = born;
    this.leaf = leaf;
  }
  /** The leaf of a node without inputs; null for a computed or written value. */
  get start(): Leaf | null {
    return this.inputs.length === 0 ? this.leaf : null;
  }
  out(i = 0): Value {
    const value = this.outputs[i];
    assert(value, `${this.op.name} has no output ${i}`);
    return value;
  }
  in(i: number): Value {
    const value = this.inputs[i];
    assert(value, `${this.op.name} has no input ${i}`);
    return value;
  }
}

const registry = new Map<string, Operation>();

/** Registers an operation; called once by each file of ops/. */
export function define(op: Operation): Operation {
  assert(!registry.has(op.name), `operation ${op.name} is defined twice`);
  registry.set(op.name, op);
  // Frozen, because train.ts can reach operations through the nodes of its tensors.
  return Object.freeze(op);
}
/** Number of tensors per parameter in an update, of which the second is the gradient; 0 for other operations. */
export function rolesOf({ op, attrs }: { readonly op: Operation; readonly attrs: Attrs }): number {
  return typeof op.roles === "function" ? op.roles(attrs) : (op.roles ?? 0);
}
/** All registered operations. */
export function operations(): Operation[] {
  return [...registry.values()];
}
export function findOperation(name: string): Operation | undefined {
  return registry.get(name);
}

/** The nodes recorded since the last flush, in topological order, and their place in the structure trie. */
export class Tape {
  readonly nodes: Node[] = [];
  place: StructureNode;
  constructor(root: StructureNode) {
    this.place = root;
  }
  push(node: Node, place: StructureNode): void {
    node.index = this.nodes.length;
    node.line = place.line;
    this.nodes.push(node);
    this.place = place;
  }
}
