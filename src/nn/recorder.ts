// Where operations go: the active engine's recorder. Recording checks shapes at once (so that the stack names the
// line of train.ts), computes nothing, and appends to the tape.

import { LabError } from "../error.ts";
import { internStructure, Node, Tape, type Attrs, type DType, type Operation, type Value } from "./graph.ts";
import {
  layOut,
  nextVersion,
  type Data,
  type Group,
  type HostArray,
  type Leaf,
  type Persistent,
} from "./leaf.ts";
import { dataLeaf, parameterLeaf, updatedLeaf } from "./ops/leaves.ts";
import { Random } from "./random.ts";
import { numel, type Shape } from "./shape.ts";
import { Tensor } from "./tensor.ts";

const noAttrs: Attrs = {};
const noNumbers: readonly number[] = [];

/** A tensor asked for at the next flush. */
export interface Wanted {
  readonly value: Value;
  readonly resolve: (array: HostArray) => void;
  readonly reject: (error: unknown) => void;
}

/** What tensors need of whatever executes them. */
export interface Executor {
  /** Evaluates one value now, leaving the step being recorded as it is. */
  evaluate(value: Value): Promise<HostArray>;
}

export class Recorder {
  tape = new Tape();
  epoch = 1;
  /** False inside noGrad and while gradients are being recorded. */
  gradients = true;
  random = new Random(0);
  /** Grows whenever persistent tensors move, which makes every plan stale. */
  layout = 0;
  /** Told of each operation as it is recorded. */
  onRecord: ((node: Node) => void) | null = null;
  readonly executor: Executor;
  readonly persistents: Persistent[] = [];
  /** Persistent tensors written in this step, in order of their first write. */
  readonly written = new Set<Persistent>();
  readonly wanted: Wanted[] = [];
  #ids = 0;
  /** Which Tensor collects the gradients of a parameter, and those that hold one now. */
  readonly #owners = new WeakMap<Leaf, Tensor>();
  readonly #graded = new Set<Tensor>();

  constructor(executor: Executor) {
    this.executor = executor;
  }

  /** Records one operation and returns its node. */
  record(op: Operation, inputs: readonly Value[], attrs: Attrs = noAttrs, numbers = noNumbers): Node {
    let needsGrad = false;
    for (const input of inputs) {
      if (input.node.epoch !== this.epoch) this.#adopt(input);
      needsGrad ||= input.node.needsGrad;
    }
    const metas = op.infer(inputs, attrs);
    const node = new Node(op, inputs, attrs, numbers, metas, {
      needsGrad: needsGrad && this.gradients && op.gradient !== undefined,
      born: this.epoch,
      structure: internStructure(op, attrs),
    });
    this.#push(node);
    this.onRecord?.(node);
    return node;
  }

  ownGradient(leaf: Leaf, tensor: Tensor): void {
    this.#owners.set(leaf, tensor);
  }
  /** The Tensor to add a parameter's gradient to; gradients end with the step. */
  gradientOwner(leaf: Leaf): Tensor | undefined {
    const tensor = this.#owners.get(leaf);
    if (tensor) this.#graded.add(tensor);
    return tensor;
  }

  /** A new persistent tensor; `initial` null is zeros. */
  persistent(shape: Shape, dtype: DType, initial: HostArray | null, trainable: boolean): Persistent {
    const leaf: Persistent = {
      kind: "persistent",
      id: this.#ids++,
      shape: [...shape],
      dtype,
      trainable,
      initial,
      changed: 0,
      node: null,
      current: null,
      currentEpoch: 0,
      group: { id: -1, members: [], offsets: [], total: 0 },
      slot: 0,
      dead: false,
    };
    this.group([leaf]);
    this.persistents.push(leaf);
    return leaf;
  }

  data(shape: Shape, dtype: DType, array: HostArray): Data {
    return { kind: "data", shape: [...shape], dtype, array, version: nextVersion(), changed: 0, node: null };
  }

  /** Replaces what an input holds, for the step being recorded. */
  setData(leaf: Data, array: HostArray): void {
    if (leaf.node?.epoch === this.epoch && this.tape.nodes[leaf.node.index] === leaf.node)
      throw new LabError("value", {
        what: "input.set: already used in this step",
        hint: "make a second input",
      });
    leaf.array = array;
    leaf.version = nextVersion();
    // Between the last step and this one: fresh for all that is recorded from now on, stale for all before.
    leaf.changed = this.epoch - 0.5;
  }

  /** What reading a leaf gives now. */
  read(leaf: Leaf): Value {
    if (leaf.kind === "persistent") {
      if (leaf.dead)
        throw new LabError("value", {
          what: "this parameter was destroyed",
          hint: "the engine was reset; build the model again",
        });
      if (leaf.currentEpoch === this.epoch && leaf.current) return leaf.current;
    }
    return this.#leafNode(leaf).out();
  }

  /** From here on the persistent tensor has this value; the last one of a step is stored. */
  write(leaf: Persistent, value: Value): void {
    if (value.node.epoch !== this.epoch) this.#adopt(value);
    const node = new Node(updatedLeaf, [value], noAttrs, noNumbers, [leaf], {
      needsGrad: leaf.trainable,
      born: this.epoch,
      leaf,
      structure: internStructure(updatedLeaf, noAttrs, `#${leaf.id}`),
    });
    this.#push(node);
    leaf.current = node.out();
    leaf.currentEpoch = this.epoch;
    this.written.add(leaf);
  }

  /** Lays persistent tensors out together, in order. Those of an earlier group leave it. */
  group(members: readonly Persistent[]): Group {
    const group: Group = {
      id: this.#ids++,
      members,
      ...layOut(members.map((member) => numel(member.shape))),
    };
    members.forEach((member, slot) => {
      member.group = group;
      member.slot = slot;
    });
    if (members.length > 1) this.layout++;
    return group;
  }

  destroyPersistents(): void {
    for (const leaf of this.persistents) leaf.dead = true;
    this.persistents.length = 0;
  }

  /** Ends the step: a new tape, a new epoch. */
  next(): void {
    for (const leaf of this.written) leaf.changed = this.epoch;
    this.written.clear();
    this.wanted.length = 0;
    for (const tensor of this.#graded) tensor.grad = null;
    this.#graded.clear();
    this.tape = new Tape();
    this.epoch++;
  }

  #push(node: Node): void {
    node.epoch = this.epoch;
    this.tape.push(node);
  }

  #leafNode(leaf: Leaf): Node {
    leaf.node ??=
      leaf.kind === "persistent"
        ? new Node(parameterLeaf, [], noAttrs, noNumbers, [leaf], {
            needsGrad: leaf.trainable,
            born: 0,
            leaf,
            structure: internStructure(parameterLeaf, noAttrs, `#${leaf.id}`),
          })
        : new Node(dataLeaf, [], noAttrs, noNumbers, [leaf], {
            needsGrad: false,
            born: 0,
            leaf,
            structure: internStructure(dataLeaf, { shape: leaf.shape, dtype: leaf.dtype }),
          });
    if (leaf.node.epoch !== this.epoch) this.#push(leaf.node);
    return leaf.node;
  }

  /**
   * A value of an earlier step used again: its nodes are recorded again, which gives the same value as long as
   * nothing it was computed from has changed since.
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
      this.#push(node);
    }
  }
}

function staleError(node: Node): LabError {
  return new LabError("value", {
    what: "this tensor belongs to an earlier step and what it was computed from has changed",
    got: `the result of ${node.op.name}`,
    hint: "keep a value across steps with nn.state and nn.assign, or read it with step.log",
  });
}

let active: Recorder | null = null;

export function activate(recorder: Recorder | null): void {
  active = recorder;
}
export function recorder(): Recorder {
  if (!active)
    throw new LabError("device", { what: "no engine is active", hint: "call engine.activate() first" });
  return active;
}

/** Records an operation on tensors; the first (often only) output. */
export function record(
  op: Operation,
  inputs: readonly Tensor[],
  attrs?: Attrs,
  numbers?: readonly number[],
): Tensor {
  return new Tensor(recordNode(op, inputs, attrs, numbers).out());
}
/** The same, for operations with several outputs. */
export function recordNode(
  op: Operation,
  inputs: readonly Tensor[],
  attrs?: Attrs,
  numbers?: readonly number[],
): Node {
  return recorder().record(
    op,
    inputs.map((tensor) => tensor.value),
    attrs,
    numbers,
  );
}
