// The trust boundary for steps: checks a tape from the sandbox. Operations must be known, inputs must be earlier nodes,
// sizes and work must be within limits, and the tape reads and writes only the persistent tensors of its own session.
// The loader infers all shapes itself.

import type { Precision } from "../graph/backend.ts";
import { rolesOf, type Attrs, type Meta, type Operation } from "../graph/graph.ts";
import { array, fail, integer, object, parse, shape as readShape } from "../forward/check-json.ts";
import { checkOperation, readPlace, Sizes, type Place, type SizeLimits } from "../forward/check-node.ts";
import { LabError } from "../../error.ts";
import { checkShape, numel, sameShape, show, type Shape } from "../values/shape.ts";
import { MAX_STEP_NODES, MAX_WANTED, TAPE_VERSION, type Side } from "./step-format.ts";

/** A persistent tensor of the session; a tape needs only its shape. */
interface KnownTensor {
  readonly shape: Shape;
}

/** A batch that was drawn for the session. */
interface KnownBatch {
  /** [rows, T]. */
  readonly shape: Shape;
}

interface Recorded {
  readonly line: number;
  readonly outputs: readonly Meta[];
}
/** A node that passed the checks. */
type CheckedNode =
  | (Recorded & { readonly kind: "read"; readonly of: number })
  | (Recorded & { readonly kind: "data"; readonly slot: number })
  | (Recorded & { readonly kind: "batch"; readonly batch: number; readonly side: Side })
  | (Recorded & {
      readonly kind: "operation";
      readonly op: Operation;
      readonly inputs: readonly Place[];
      readonly attrs: Attrs;
      readonly numbers: number;
      readonly grad: boolean;
    });

interface CheckedWrite {
  readonly at: number;
  readonly to: readonly number[];
  readonly values: readonly Place[];
}

/** A step that passed the checks; its numbers and data come with each request. */
export interface CheckedStep {
  readonly nodes: readonly CheckedNode[];
  readonly writes: readonly CheckedWrite[];
  readonly wanted: readonly Place[];
  readonly stores: boolean;
  readonly precision: Precision;
  readonly backwards: readonly number[];
  /** How many numbers a request must have. */
  readonly numbers: number;
  /** Shape and type of each data slot. */
  readonly slots: readonly Meta[];
}

export interface StepLimits extends SizeLimits {
  /** Nodes (default 80,000). */
  readonly nodes: number;
}

const LIMITS: StepLimits = { nodes: MAX_STEP_NODES, elements: 2 ** 29, total: 2 ** 34, work: 1e15 };

/** Largest number of writes of a step: one for each optimizer and each assign. */
const MAX_WRITES = 20_000;

/**
 * Checks a tape (an object, or its JSON text) against the session's persistent tensors and batches. Throws LabError
 * "graph" or the error of a shape rule.
 */
export function loadStep(
  json: unknown,
  tensors: readonly KnownTensor[],
  limits: Partial<StepLimits> = {},
  batches: readonly KnownBatch[] = [],
): CheckedStep {
  const { nodes: most, ...sizes } = { ...LIMITS, ...limits };
  const tape = object("tape", typeof json === "string" ? parse(json) : json);
  if (tape.version !== TAPE_VERSION) fail("version", tape.version, String(TAPE_VERSION));
  const loader = new Loader(tensors, batches, sizes);
  const writes = array("writes", tape.writes, MAX_WRITES).map((given, i) => object(`write ${i}`, given));
  let written = 0;
  array("nodes", tape.nodes, most).forEach((given, i) => {
    for (; written < writes.length && writes[written].at === i; written++)
      loader.write(written, writes[written]);
    loader.node(`node ${i}`, object(`node ${i}`, given));
  });
  for (; written < writes.length; written++) loader.write(written, writes[written]);
  return loader.finish(tape);
}

class Loader {
  readonly #tensors: readonly KnownTensor[];
  readonly #batches: readonly KnownBatch[];
  readonly #sizes: Sizes;
  readonly #nodes: CheckedNode[] = [];
  readonly #writes: CheckedWrite[] = [];
  readonly #slots: Meta[] = [];
  /** Persistent tensors read since their last write, and the nodes that read them. */
  readonly #read = new Map<number, number>();
  readonly #batchesRead = new Set<string>();
  /** An update that has not been written yet. */
  #update: { readonly at: number; readonly to: readonly number[] } | null = null;
  #numbers = 0;

  constructor(tensors: readonly KnownTensor[], batches: readonly KnownBatch[], limits: SizeLimits) {
    this.#tensors = tensors;
    this.#batches = batches;
    this.#sizes = new Sizes(limits);
  }

  node(what: string, given: Record<string, unknown>): void {
    if (this.#update) fail(`${what} comes before the update at node ${this.#update.at} is written`);
    const line = integer(`${what}: line`, given.line, 0, 1_000_000);
    const node = this.#readNode(what, given, line);
    if (node.kind !== "operation") this.#sizes.add(what, null, [], node.outputs, {});
    this.#nodes.push(node);
  }

  #readNode(what: string, given: Record<string, unknown>, line: number): CheckedNode {
    if (given.op === "read") {
      const of = integer(`${what}: persistent tensor`, given.of, 0, this.#tensors.length - 1);
      if (this.#read.has(of)) fail(`${what} reads persistent tensor ${of} twice`);
      this.#read.set(of, this.#nodes.length);
      return { kind: "read", of, line, outputs: [{ shape: this.#tensors[of].shape, dtype: "f32" }] };
    }
    if (given.op === "data") {
      const shape = readShape(`${what}: shape`, given.shape);
      checkShape(what, shape);
      const { dtype } = given;
      if (dtype !== "f32" && dtype !== "u32") fail(`${what}: type`, dtype, "f32 or u32");
      const slot = this.#slots.push({ shape, dtype }) - 1;
      return { kind: "data", slot, line, outputs: [{ shape, dtype }] };
    }
    if (given.op === "batch") {
      const batch = integer(`${what}: batch`, given.batch, 0, this.#batches.length - 1);
      const { side } = given;
      if (side !== "x" && side !== "y") fail(`${what}: side`, side, "x or y");
      const name = `${side} of batch ${batch}`;
      if (this.#batchesRead.has(name)) fail(`${what} reads ${name} twice`);
      this.#batchesRead.add(name);
      return {
        kind: "batch",
        batch,
        side,
        line,
        outputs: [{ shape: this.#batches[batch].shape, dtype: "u32" }],
      };
    }
    const inputs = this.#places(`${what}: input`, given.inputs);
    const metas = inputs.map(([node, output]) => this.#nodes[node].outputs[output]);
    const { op, attrs, numbers, outputs } = checkOperation(
      what,
      { op: given.op, attrs: given.attrs },
      metas,
      true,
    );
    const { grad } = given;
    if (typeof grad !== "boolean") fail(`${what}: grad`, grad, "true or false");
    this.#sizes.add(what, op, metas, outputs, attrs);
    this.#numbers += numbers;
    this.#updates(what, op, inputs, attrs);
    return { kind: "operation", op, inputs, attrs, numbers, grad, line, outputs };
  }

  /** An optimizer's update works in place: it must read different persistent tensors; the next write stores them. */
  #updates(what: string, op: Operation, inputs: readonly Place[], attrs: Attrs): void {
    const roles = rolesOf({ op, attrs });
    if (roles === 0) return;
    const count = inputs.length / roles;
    const owned = inputs.filter((_, i) => i < count || i >= 2 * count);
    const to = owned.map(([node]) => {
      const from = this.#nodes[node];
      return from.kind === "read"
        ? from.of
        : fail(`${what}: ${op.name} updates a value that is no persistent tensor`);
    });
    if (owned.some(([node], i) => this.#read.get(to[i]) !== node))
      fail(`${what}: ${op.name} updates a value that was written over`);
    if (new Set(to).size < to.length) fail(`${what}: ${op.name} updates a persistent tensor twice`);
    this.#update = { at: this.#nodes.length, to };
  }

  write(i: number, given: Record<string, unknown>): void {
    const what = `write ${i}`;
    if (given.at !== this.#nodes.length) fail(`${what}: place`, given.at, "in order, on the tape");
    const to = array(`${what}: persistent tensors`, given.to, 4096).map((of) =>
      integer(`${what}: persistent tensor`, of, 0, this.#tensors.length - 1),
    );
    if (to.length === 0) fail(`${what} writes nothing`);
    if (new Set(to).size < to.length) fail(`${what} writes a persistent tensor twice`);
    const values = this.#places(`${what}: value`, given.values);
    if (values.length !== to.length) fail(`${what}: values`, values.length, String(to.length));
    values.forEach(([node, output], k) => {
      const { shape, dtype } = this.#nodes[node].outputs[output];
      const own = this.#tensors[to[k]].shape;
      if (dtype !== "f32" || !sameShape(shape, own))
        fail(`${what}: value ${k}`, `${show(shape)} ${dtype}`, `${show(own)} f32`);
    });
    if (this.#update) {
      const { at, to: own } = this.#update;
      const same = own.length === to.length && own.every((of, k) => of === to[k]);
      if (!same || values.some(([node, output], k) => node !== at || output !== k))
        fail(`${what} does not belong to the update before it`);
      this.#update = null;
    }
    for (const of of to) this.#read.delete(of);
    this.#writes.push({ at: this.#nodes.length, to, values });
  }

  finish({ wanted, stores, precision, backwards }: Record<string, unknown>): CheckedStep {
    if (this.#update) fail(`the update at node ${this.#update.at} is not written`);
    const asked = this.#places("wanted", wanted);
    let elements = 0;
    for (const [node, output] of asked) elements += numel(this.#nodes[node].outputs[output].shape);
    if (elements > MAX_WANTED) fail("too much is read back", elements, `at most ${MAX_WANTED} elements`);
    if (typeof stores !== "boolean") fail("stores", stores, "true or false");
    if (precision !== "f32" && precision !== "mixed") fail("precision", precision, '"f32" or "mixed"');
    let last = 0;
    const ends = array("backwards", backwards, 2000).map(
      (end) => (last = integer("a gradient's place", end, last, this.#nodes.length)),
    );
    if (ends.length % 2 !== 0) fail("backwards", ends.length, "an even number of places");
    const [nodes, writes, numbers, slots] = [this.#nodes, this.#writes, this.#numbers, this.#slots];
    return { nodes, writes, wanted: asked, stores, precision, backwards: ends, numbers, slots };
  }

  #places(what: string, given: unknown): Place[] {
    return array(`${what}s`, given, 4096).map((place) => readPlace(what, place, this.#nodes));
  }
}

/** One line for a request that does not fit its plan. */
export function refuse(what: string, got: unknown, expected: string): never {
  throw new LabError("graph", { what: `step: ${what}`, got: String(got), expected });
}
