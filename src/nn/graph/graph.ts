// The recorded graph: nodes that name an operation, where its inputs come from, its attributes (structure: they are
// part of a plan's key) and its numbers (data: they are slots of the plan, so a new learning rate never replans).

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

/** What an attribute may hold; the loader of untrusted graphs checks against it. */
export type AttrRule =
  | { readonly kind: "integer"; readonly min: number; readonly max: number }
  | { readonly kind: "number"; readonly min: number; readonly max: number }
  | { readonly kind: "boolean" }
  | { readonly kind: "shape" } // positive integers
  | { readonly kind: "axes" } // non-negative integers
  | { readonly kind: "choice"; readonly of: readonly string[] }
  | { readonly kind: "text"; readonly max: number };

/** What the gradient of an operation may use. All tensors are recorded lazily, so asking costs nothing. */
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

/** What the cost of an operation depends on: a node, or a node that has not been recorded yet. */
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

/** The kernels of a loss that reads each row of its logits alone. `rows`: how many rows a kernel takes. */
export interface RowKernels {
  /** Whether `node` computes the gradient of the loss with respect to its logits. Its inputs 2 and 3: output 1, g. */
  isGradientOf(node: Node, loss: Node): boolean;
  /** Bindings: logits, targets, outputs 0 and 1. */
  forward(caps: Capabilities, loss: Node, rows: number): Kernel;
  /** The same, with the logits replaced by their gradient times number 0. */
  both(caps: Capabilities, loss: Node, rows: number): Kernel;
  /** Replaces the logits by their gradient. Bindings: logits, targets, output 1, one upstream gradient a row. */
  backward(caps: Capabilities, loss: Node, rows: number): Kernel;
}

/**
 * One operation: shape rule, gradient, kernels, and the traits by which the planner and the importer know it. They
 * never ask for a name. Defined once in ops/.
 */
export interface Operation {
  readonly name: string;
  /** How many inputs it takes: exactly, or from..to. */
  readonly arity: number | readonly [number, number];
  readonly attrs: Readonly<Record<string, AttrRule>>;
  /** How many numbers it carries (default 0). */
  readonly numbers?: number | ((attrs: Attrs) => number);
  /**
   * Tensors that an optimizer's update takes for each parameter: all parameters first, then all gradients, then the
   * moments. It writes all but the gradients. Unset: no update.
   */
  readonly roles?: number | ((attrs: Attrs) => number);
  /** Steps only: never part of a forward pass that travels to the scorer. */
  readonly training?: boolean;
  /** Shapes of the outputs; throws LabError "shape", "dtype" or "value". */
  infer(inputs: readonly Meta[], attrs: Attrs): readonly Meta[];
  /**
   * Gradients of the inputs, null where there is none. An operation without one stops the gradient. What it records
   * depends on the structure and on the node's own numbers only, and is remembered.
   */
  gradient?(context: GradientContext): (Tensor | null)[];
  /** The gradient is code of train.ts: it may depend on anything, and runs in every step. */
  readonly freeGradient?: boolean;
  /**
   * How tokens pass through it: for each output which tokens its elements can depend on. Elementwise operations are
   * followed by their instructions. Absent or null: every result may depend on every token of every input.
   */
  readonly follow?: (node: Followed<Attrs>) => readonly Knowledge[] | null;
  /**
   * How the result shows elements of input 0: the same in the same order, each as often as attrs.shape says (size 1
   * grows), in the order of attrs.axes, or attrs.length of them from attrs.start along attrs.axis.
   */
  readonly view?: "same" | "repeat" | "reorder" | "piece";
  /** Every element of the result is an element of an input, or zero. */
  readonly moves?: boolean;
  /** The result is its inputs one after the other in memory. */
  readonly joins?: (node: Node) => boolean;
  /** A matrix product over the last two axes; attrs transposeA and transposeB. Lowered by the planner itself. */
  readonly isProduct?: boolean;
  /** Elementwise: the sum of its two inputs, or of one and a number. */
  readonly isSum?: boolean;
  /** Output i is input i times the last input. */
  readonly isScaling?: boolean;
  /** Elementwise: so much arithmetic that computing it twice costs more than storing it. */
  readonly costly?: boolean;
  /** Which outputs a mixed step may store in f16: what neither grows nor cancels much. Unset: none. */
  readonly half?: "first" | "every";
  /** The number all elements of the result equal; null where it is not known. `of`: the same for input i. */
  readonly uniform?: (node: Node, of: (i: number) => NumberSource | null) => NumberSource | null;
  /** The first of the axes that a node adds up over, and how many; null where it does something else. */
  readonly sumsOver?: (node: Node) => { readonly axis: number; readonly count: number } | null;
  /** `lower` reads input 0 by `Lowering.chain`: an elementwise chain is computed on the way in. */
  readonly readsChain?: boolean;
  /** Arithmetic of a forward pass, for the utilisation of the device. Unset: none that counts. */
  readonly flops?: (sizes: Sizes) => number;
  /** An upper bound of the operations a node takes. Default: `flops`, or some for each element. */
  readonly work?: (sizes: Sizes) => number;
  /** How a node is called in errors. Default: by its operation's name. */
  readonly label?: (attrs: Attrs) => string;
  /** Present on elementwise operations: the instructions, so that chains fuse. */
  readonly pointwise?: (
    emit: PointwiseEmitter,
    operands: readonly number[],
    node: Pick<Node, "attrs" | "numbers">,
  ) => number;
  /** Kernels for one node. Views and elementwise operations are lowered by the planner itself. */
  lower?(node: Node, lowering: Lowering): void;
  /** The same for `count` nodes alike whose operands lie side by side: `operands` are all inputs, then the output. */
  readonly lowerAll?: (node: Node, lowering: Lowering, operands: readonly Operand[], count: number) => void;
  /** The same for nodes alike whose results lie anywhere in one buffer: each starts at one of `places` of the output. */
  readonly lowerSpread?: (
    node: Node,
    lowering: Lowering,
    operands: readonly Operand[],
    places: readonly number[],
  ) => void;
  /**
   * The kernel with a chain on its one output as its end, into `result`. False, and nothing emitted, where its inputs
   * do not lie as it needs.
   */
  readonly lowerEnding?: (node: Node, lowering: Lowering, result: Operand, end: ChainEnd) => boolean;
  /** The kernel with `addend` added to output 0, which has its shape; the sum is output 0 of `sum`. */
  readonly lowerAdding?: (node: Node, lowering: Lowering, addend: Value, sum: Node) => void;
  /** The kernels of a loss: the planner may take some rows of the logits at a time. */
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
  /** The step it was first recorded in. */
  readonly born: number;
  /** The step whose tape holds it now, and its place there. */
  epoch = 0;
  index = -1;
  /** The line of train.ts that recorded it, for errors; 0 where that is not known. */
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
  /** The leaf the graph starts from here; null where something was computed or written. */
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
  // train.ts meets operations on the nodes of its tensors.
  return Object.freeze(op);
}
/** Tensors that an update takes for each parameter, of which the second is the gradient; 0 of what is no update. */
export function rolesOf({ op, attrs }: { readonly op: Operation; readonly attrs: Attrs }): number {
  return typeof op.roles === "function" ? op.roles(attrs) : (op.roles ?? 0);
}
/** All of them. */
export function operations(): Operation[] {
  return [...registry.values()];
}
export function findOperation(name: string): Operation | undefined {
  return registry.get(name);
}

/** What has been recorded since the last flush, in topological order, and where in the tree of structures that is. */
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
