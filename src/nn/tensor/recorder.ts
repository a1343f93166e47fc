// Records operations on the tape. Recording checks shapes at once, so that the stack names the line of train.ts, and
// computes nothing.

import { assert, LabError } from "../../error.ts";
import type { Precision } from "../graph/backend.ts";
import { checkAttributes } from "./check-argument.ts";
import { Node, Tape, type Attrs, type Meta, type Operation, type Value } from "../graph/graph.ts";
import { checkShape, type Shape, type DType } from "../values/shape.ts";
import { nextVersion, type Data, type HostArray, type Leaf, type Persistent } from "../graph/leaf.ts";
import { Lines } from "./node-lines.ts";
import { dataLeaf, parameterLeaf, updatedLeaf, writing } from "../ops/basic/leaves.ts";
import { Persistents } from "./persistents.ts";
import { MAX_OUTPUTS, ownAttrs, StructureNode } from "../graph/structure-trie.ts";
import { Random } from "../values/random.ts";
import type { Tensor } from "./tensor.ts";

const noAttrs: Attrs = Object.freeze({});
// Frozen, because all evaluations of train.ts share them and can reach them through the nodes of tensors.
const noNumbers: readonly number[] = Object.freeze([]);
const noInputs: readonly Value[] = Object.freeze([]);

/** Maximum number of nodes of the structure trie. A larger trie is dropped, and later steps are planned again. */
const MAX_PLACES = 100_000;

/** A value to read back at the next flush. */
export interface Wanted {
  readonly value: Value;
  readonly resolve: (array: HostArray) => void;
  readonly reject: (error: unknown) => void;
}

/** The part of a backend that tensors use. */
export interface Executor {
  /** Evaluates one value now, without changing the step being recorded. */
  evaluate(value: Value): Promise<HostArray>;
}

/** One write: persistent tensors and their new values. */
interface Written {
  readonly leaves: readonly Persistent[];
  readonly values: readonly Value[];
}

export class Recorder {
  #root = StructureNode.root();
  #places = 0;
  tape = new Tape(this.#root);
  epoch = 1;
  /** False inside noGrad and while gradients are being recorded. */
  gradients = true;
  /** True while the lab records the forward pass for scoring; see `nn.scoring`. */
  scoring = false;
  /** Storage of activations and their gradients; see `nn.precision`. */
  precision: Precision = "f32";
  random = new Random(0);
  readonly lines: Lines;
  /** Called for each recorded operation. */
  onRecord: (() => void) | null = null;
  readonly executor: Executor;
  readonly persistents = new Persistents();
  /** Persistent tensors written in this step, in order of their first write. */
  readonly written: Persistent[] = [];
  /** Every write of this step, in order. */
  readonly writes: Written[] = [];
  readonly wanted: Wanted[] = [];
  /** Tape indices at which each call of `backward` began and ended, alternating. */
  readonly backwards: number[] = [];
  /** The tensors that hold a gradient now. */
  readonly #graded: Tensor[] = [];

  constructor(executor: Executor, source: string | null) {
    this.executor = executor;
    this.lines = new Lines(source);
  }

  /** Records one operation and returns its node. */
  record(op: Operation, inputs: readonly Value[], attrs: Attrs = noAttrs, numbers = noNumbers): Node {
    let needsGrad = false;
    for (const input of inputs) {
      if (input.node.epoch !== this.epoch) this.#adopt(input);
      if (input.node.needsGrad) needsGrad = true;
    }
    needsGrad &&= this.gradients && op.gradient !== undefined;
    const place =
      this.tape.place.next(op, -1, needsGrad, attrs, inputs) ??
      this.#growRecorded(op, needsGrad, inputs, attrs);
    const node = new Node(op, inputs, place.attrs, numbers, place.outputs, needsGrad, this.epoch);
    node.epoch = this.epoch;
    this.tape.push(node, place);
    if (this.onRecord !== null) this.onRecord();
    return node;
  }

  /** The value, recorded again if it is of an earlier step. */
  current(value: Value): Value {
    if (value.node.epoch !== this.epoch) this.#adopt(value);
    return value;
  }

  /** Records the operations along a path of the trie again, in order; the path starts at the current place. */
  repeat(places: readonly StructureNode[], numbers: readonly (readonly number[])[]): void {
    const { tape, epoch } = this;
    const { nodes } = tape;
    for (let i = 0; i < places.length; i++) {
      const place = places[i];
      assert(place.op, "only the root of the tree has no operation");
      const inputs = place.inputs.map((from) => {
        const index = Math.floor(from / MAX_OUTPUTS);
        return nodes[index].out(from - index * MAX_OUTPUTS);
      });
      const node = new Node(place.op, inputs, place.attrs, numbers[i], place.outputs, false, epoch);
      node.epoch = epoch;
      tape.push(node, place);
    }
  }

  /** The Tensor that holds the gradient of a parameter; gradients are dropped at the end of the step. */
  gradientOwner(leaf: Leaf): Tensor | null {
    const owner = leaf.kind === "persistent" ? leaf.owner : null;
    if (owner) this.#graded.push(owner);
    if (leaf.kind === "persistent") leaf.graded = true;
    return owner;
  }

  /** A new persistent tensor; `initial` null is zeros. */
  persistent(shape: Shape, dtype: DType, initial: HostArray | null, trainable: boolean): Persistent {
    return this.persistents.make(shape, dtype, initial, trainable, this.lines.here());
  }

  data(shape: Shape, dtype: DType, array: HostArray): Data {
    const version = nextVersion();
    return { kind: "data", shape: Object.freeze([...shape]), dtype, array, version, changed: 0, node: null };
  }

  /** Replaces the contents of an input, for the step being recorded. */
  setData(leaf: Data, array: HostArray): void {
    if (leaf.node?.epoch === this.epoch && this.tape.nodes[leaf.node.index] === leaf.node)
      throw new LabError("value", {
        what: "input.set: already used in this step",
        hint: "make a second input",
      });
    leaf.array = array;
    leaf.version = nextVersion();
    // Between the last step and this one: values recorded from now on are current, earlier ones are stale.
    leaf.changed = this.epoch - 0.5;
  }

  /** The current value of a leaf. */
  read(leaf: Leaf): Value {
    if (leaf.kind === "persistent") {
      if (leaf.dead)
        throw new LabError("value", {
          what: "this parameter was destroyed",
          hint: "the engine was reset; build the model again",
        });
      if (leaf.assignedEpoch === this.epoch && leaf.assigned !== null) {
        leaf.current ??= this.#updated(leaf, leaf.assigned);
        return leaf.current;
      }
    }
    return this.#leafNode(leaf).out();
  }

  /**
   * Sets the values of persistent tensors; the last value of a step is stored. `to`, the ids of the tensors, can be
   * reused from step to step.
   */
  write(leaves: readonly Persistent[], values: readonly Value[], to: Attrs = idsOf(leaves)): void {
    assert(leaves.length === values.length, `${leaves.length} tensors are written ${values.length} values`);
    for (const value of values) if (value.node.epoch !== this.epoch) this.#adopt(value);
    const { place } = this.tape;
    this.tape.place =
      place.next(writing, -1, false, to, values) ?? this.#grow(writing, -1, false, to, values, [], 0);
    this.writes.push({ leaves, values });
    for (let i = 0; i < leaves.length; i++) {
      const leaf = leaves[i];
      if (leaf.assignedEpoch !== this.epoch) this.written.push(leaf);
      leaf.assignedEpoch = this.epoch;
      leaf.assigned = values[i];
      leaf.current = null;
    }
  }

  destroyPersistents(): void {
    this.persistents.destroy();
    this.#plant();
  }

  /** Ends the step: a new tape, a new epoch. */
  next(): void {
    for (const leaf of this.written) leaf.changed = this.epoch;
    this.drop();
  }

  /** Ends the step without the writes it recorded. */
  drop(): void {
    this.written.length = 0;
    this.writes.length = 0;
    this.wanted.length = 0;
    this.backwards.length = 0;
    this.lines.forget();
    for (const tensor of this.#graded) tensor.grad = null;
    this.#graded.length = 0;
    // A step longer than the limit must still find its place when it is repeated.
    if (this.#places > MAX_PLACES + 2 * this.tape.nodes.length) this.#plant();
    this.tape = new Tape(this.#root);
    this.epoch++;
  }

  #plant(): void {
    this.#root = StructureNode.root();
    this.#places = 0;
    if (this.tape.nodes.length === 0) this.tape = new Tape(this.#root);
  }

  #push(node: Node, identity: number): void {
    const { op, inputs, attrs, needsGrad } = node;
    const place =
      this.tape.place.next(op, identity, needsGrad, attrs, inputs) ??
      this.#grow(op, identity, needsGrad, ownAttrs(attrs), inputs, node.outputs, this.lines.of(node));
    node.epoch = this.epoch;
    this.tape.push(node, place);
  }

  #grow(
    op: Operation,
    identity: number,
    needsGrad: boolean,
    attrs: Attrs,
    inputs: readonly Value[],
    outputs: readonly Meta[],
    line: number,
  ): StructureNode {
    this.#places++;
    const metas = outputs.map(({ shape, dtype }) => ({ shape, dtype }));
    return this.tape.place.grow(op, identity, needsGrad, attrs, inputs, metas, line);
  }

  #growRecorded(op: Operation, needsGrad: boolean, inputs: readonly Value[], attrs: Attrs): StructureNode {
    const own = ownAttrs(attrs);
    const outputs = op.infer(inputs, own);
    // After `infer`, whose error messages are more specific.
    checkAttributes(op, own);
    for (const { shape } of outputs) checkShape(op.name, shape);
    assert(
      Object.keys(own).length === Object.keys(op.attrs).length,
      `${op.name} is recorded with its own attributes only`,
    );
    return this.#grow(op, -1, needsGrad, own, inputs, outputs, this.lines.here());
  }

  #leafNode(leaf: Leaf): Node {
    leaf.node ??=
      leaf.kind === "persistent"
        ? new Node(parameterLeaf, noInputs, noAttrs, noNumbers, [leaf], leaf.trainable, 0, leaf)
        : new Node(dataLeaf, noInputs, dataAttrs(leaf), noNumbers, [leaf], false, 0, leaf);
    if (leaf.node.epoch !== this.epoch) this.#push(leaf.node, leaf.kind === "persistent" ? leaf.id : -1);
    return leaf.node;
  }

  /** The value of a persistent tensor after a write of this step. */
  #updated(leaf: Persistent, value: Value): Value {
    const node = new Node(updatedLeaf, [value], noAttrs, noNumbers, [leaf], leaf.trainable, this.epoch, leaf);
    this.#push(node, leaf.id);
    return node.out();
  }

  /**
   * Records the nodes of a value of an earlier step again. The result is the same value if none of its inputs has
   * changed since; else throws LabError "value".
   */
  #adopt(value: Value): void {
    const root = value.node;
    const stack: Node[] = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      if (!node) break;
      if (node.epoch === this.epoch) {
        stack.pop();
        continue;
      }
      const leaf = node.leaf;
      if (leaf && node === leaf.node) {
        stack.pop();
        if ((leaf.kind === "persistent" && leaf.dead) || leaf.changed >= root.born) throw staleError(root);
        this.#leafNode(leaf);
        continue;
      }
      if (node.op === updatedLeaf) throw staleError(root);
      const pending = node.inputs.filter((input) => input.node.epoch !== this.epoch);
      if (pending.length > 0) {
        for (const input of pending) stack.push(input.node);
        continue;
      }
      for (const input of node.inputs) {
        const from = input.node.leaf;
        if (from && from.changed >= node.born) throw staleError(root);
      }
      stack.pop();
      this.#push(node, -1);
    }
  }
}

function staleError(node: Node): LabError {
  return new LabError("value", {
    what: "this tensor belongs to an earlier step and its inputs have changed",
    got: `the result of ${node.op.name}`,
    hint: "keep a value across steps with nn.state and nn.assign, or read it with step.log",
  });
}

function dataAttrs({ shape, dtype }: Data): Attrs {
  return Object.freeze({ shape, dtype });
}

/** The attributes of a write: the ids of its tensors. */
export function idsOf(leaves: readonly Persistent[]): Attrs {
  return ownAttrs({ to: leaves.map((leaf) => leaf.id) });
}
