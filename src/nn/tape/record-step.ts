// Records steps without a device: a backend that sends each step away as data, and returns the values of the reply.

import { assert, LabError } from "../../error.ts";
import type { Backend, Work } from "../graph/backend.ts";
import type { Data, HostArray, Leaf, Persistent } from "../graph/leaf.ts";
import { MAX_OUTPUTS, numberOf, type StructureNode } from "../graph/structure-trie.ts";
import { Session } from "../engine/session.ts";
import { writing } from "../ops/basic/leaves.ts";
import type { PersistentChange } from "../tensor/persistents.ts";
import { Tensor } from "../tensor/tensor.ts";
import {
  MAX_SESSION_PLANS,
  TAPE_VERSION,
  type DrawnBatch,
  type Side,
  type SlotContent,
  type StateChange,
  type StepRequest,
  type StepTape,
  type TapeNode,
} from "./step-format.ts";

/** Sends a step; resolves with its wanted values, in order. */
type SendStep = (request: StepRequest) => Promise<HostArray[]>;

/** A structure whose tape was sent. */
interface Sent {
  readonly plan: number;
  readonly key: string;
  /** Version of the content that each slot got last. */
  readonly versions: number[];
}

/** A batch of text; the other end draws it. */
interface Batch {
  readonly number: number;
  readonly x: Data;
  readonly y: Data;
}

class TapeBackend implements Backend {
  /** Persistent tensors made and grouped since the last step. */
  readonly journal: PersistentChange[] = [];
  /** Batches to draw before the next step. */
  readonly #draws: DrawnBatch[] = [];
  readonly #batches = new Map<string, Batch>();
  readonly #sides = new WeakMap<Leaf, readonly [batch: number, side: Side]>();
  readonly #send: SendStep;
  readonly #numbers = new Map<Persistent, number>();
  #sent = new WeakMap<StructureNode, Sent[]>();
  #plans = 0;

  constructor(send: SendStep) {
    this.#send = send;
  }

  /** Throws the synchronous errors of `send`. */
  execute(work: Work): Promise<HostArray[]> {
    const changes = this.#changes();
    const draws = this.#draws.splice(0);
    const forget = this.#plans >= MAX_SESSION_PLANS && this.#find(work) === undefined;
    if (forget) this.#forgetPlans();
    const known = this.#find(work);
    const sent = known ?? this.#learn(work);
    const tape = known ? null : JSON.stringify(this.#tape(work));
    const numbers = Float64Array.from(work.nodes.flatMap(({ numbers }) => numbers));
    return this.#send({
      changes,
      draws,
      forget,
      plan: sent.plan,
      tape,
      numbers,
      data: this.#slots(work, sent),
    });
  }

  prepare(): Promise<void> {
    return Promise.resolve();
  }

  /** Starts another session: persistent tensors are numbered from 0 again. */
  forget(): void {
    this.journal.length = this.#draws.length = 0;
    this.#batches.clear();
    this.#numbers.clear();
    this.#forgetPlans();
  }

  /** The leaves of the batch with this use; the other end draws it again before the next step. */
  batch(use: string, rows: number, make: () => Data): Batch {
    let batch = this.#batches.get(use);
    if (batch === undefined) {
      batch = { number: this.#batches.size, x: make(), y: make() };
      this.#batches.set(use, batch);
      for (const side of ["x", "y"] as const) this.#sides.set(batch[side], [batch.number, side]);
    }
    this.#draws.push({ batch: batch.number, rows });
    return batch;
  }

  /** Whether a persistent tensor was sent. */
  knows(leaf: Persistent): boolean {
    return this.#numbers.has(leaf);
  }
  numberOf(leaf: Persistent): number {
    const number = this.#numbers.get(leaf);
    assert(number !== undefined, "a persistent tensor was not sent");
    return number;
  }

  #forgetPlans(): void {
    this.#sent = new WeakMap();
    this.#plans = 0;
  }

  #find(work: Work): Sent | undefined {
    const key = this.#keyOf(work);
    return this.#sent.get(work.place)?.find((sent) => sent.key === key);
  }

  #learn(work: Work): Sent {
    const sent = { plan: this.#plans++, key: this.#keyOf(work), versions: [] };
    this.#sent.set(work.place, [...(this.#sent.get(work.place) ?? []), sent]);
    return sent;
  }

  #changes(): StateChange[] {
    return this.journal.splice(0).map((change): StateChange => {
      if (change.type === "grouped")
        return { type: "grouped", members: change.members.map((leaf) => this.numberOf(leaf)) };
      const { leaf } = change;
      this.#numbers.set(leaf, this.#numbers.size);
      const { shape, trainable, line } = leaf;
      const initial = leaf.initial as Float32Array | null;
      leaf.initial = null;
      return { type: "made", shape, trainable, initial, line };
    });
  }

  /** The part of a structure that its place in the trie does not identify; batches of one shape look alike there. */
  #keyOf({ stores, precision, backwards, wanted, nodes }: Work): string {
    const batches = nodes.flatMap(({ leaf }) => this.#sideOf(leaf)?.join("") ?? []);
    return [stores, precision, backwards, wanted.map(numberOf), batches].join(" ");
  }

  #sideOf(leaf: Leaf | null): readonly [batch: number, side: Side] | null {
    return (leaf && this.#sides.get(leaf)) ?? null;
  }

  /** The content of each data slot; null if it has not changed since the last request of this plan. */
  #slots({ nodes }: Work, { versions }: Sent): SlotContent[] {
    const contents: SlotContent[] = [];
    for (const { leaf } of nodes) {
      if (leaf?.kind !== "data" || this.#sides.has(leaf)) continue;
      const slot = contents.length;
      contents.push(versions[slot] === leaf.version ? null : leaf.array);
      versions[slot] = leaf.version;
    }
    return contents;
  }

  #tape(work: Work): StepTape {
    const nodes: TapeNode[] = [];
    const writes: StepTape["writes"][number][] = [];
    const ids = new Map([...this.#numbers].map(([leaf, number]) => [leaf.id, number]));
    const numberOfId = (id: number): number => {
      const number = ids.get(id);
      assert(number !== undefined, `persistent tensor ${id} was not sent`);
      return number;
    };
    for (const { op, identity, attrs, inputs, outputs, needsGrad, line } of pathTo(work.place)) {
      const from = inputs.map(placeOf);
      if (op === writing)
        writes.push({ at: nodes.length, to: (attrs.to as readonly number[]).map(numberOfId), values: from });
      else if (identity >= 0) nodes.push({ op: "read", of: numberOfId(identity), line });
      else if (work.nodes[nodes.length].leaf?.kind === "data") {
        const [batch, side] = this.#sideOf(work.nodes[nodes.length].leaf) ?? [];
        if (batch !== undefined && side !== undefined) nodes.push({ op: "batch", batch, side, line });
        else nodes.push({ op: "data", ...outputs[0], line });
      } else nodes.push({ op: op?.name ?? "", inputs: from, attrs, grad: needsGrad, line });
    }
    const { stores, precision, backwards } = work;
    const wanted = work.wanted.map(numberOf).map(placeOf);
    return { version: TAPE_VERSION, nodes, writes, wanted, stores, precision, backwards: [...backwards] };
  }
}

/** A session that computes nothing: its steps go to `send`. */
export class RecordingSession extends Session<TapeBackend> {
  constructor(send: SendStep, seed = 0, source: string | null = null) {
    super(new TapeBackend(send), seed, source);
    this.recorder.persistents.journal = this.backend.journal;
  }

  /**
   * Rows of text that only the other end has: tokens x [rows, seqLen] and the token after each, y. Every call draws new
   * rows; `call` is the number of the batch within its step.
   */
  batch(call: number, rows: number, seqLen: number): { readonly x: Tensor; readonly y: Tensor } {
    const { recorder } = this;
    const none = new Uint32Array(0);
    const make = () => recorder.data([rows, seqLen], "u32", none);
    const { x, y } = this.backend.batch(`${call}:${rows}`, rows, make);
    for (const leaf of [x, y]) recorder.setData(leaf, none);
    return { x: new Tensor(x), y: new Tensor(y) };
  }

  /** Sends the persistent tensors made since the last step, in a step without operations. */
  async sendState(): Promise<void> {
    if (this.backend.journal.length > 0) await this.evaluateAll([]);
  }

  /** The number of a parameter or state that was sent. Throws LabError "graph" for another tensor. */
  numberOf(tensor: Tensor): number {
    if (tensor.leaf?.kind !== "persistent" || !this.backend.knows(tensor.leaf))
      throw new LabError("graph", {
        what: "model.forward makes a parameter",
        hint: "make parameters before the loop",
      });
    return this.backend.numberOf(tensor.leaf);
  }
}

function pathTo(end: StructureNode): StructureNode[] {
  const path: StructureNode[] = [];
  for (let at = end; at.parent !== null; at = at.parent) path.push(at);
  return path.reverse();
}

function placeOf(from: number): readonly [number, number] {
  const node = Math.floor(from / MAX_OUTPUTS);
  return [node, from - node * MAX_OUTPUTS];
}
