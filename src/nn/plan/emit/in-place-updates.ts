// Updates persistent tensors in their own memory. This file tracks which value that memory holds at each point of the
// plan, and copies a value away before a kernel overwrites it while another kernel still has to read it.

import type { Work } from "../../graph/backend.ts";
import type { Node, Value } from "../../graph/graph.ts";
import type { Persistent } from "../../graph/leaf.ts";
import { canonical } from "../../graph/look-through.ts";
import type { Operand } from "../../graph/lowering.ts";
import type { Emission, StoredValues } from "./emission.ts";

export class InPlaceUpdates implements StoredValues {
  readonly #planner: Emission;
  readonly #work: Work;
  readonly #holds = new Map<Persistent, Value>();
  /** Persistent tensors that this step writes, by their final value. */
  readonly #targets = new Map<Value, Persistent>();
  readonly #written: ReadonlySet<Persistent>;
  /** The persistent tensor to which an update writes an output. */
  readonly #updated: ReadonlyMap<Value, Persistent>;

  constructor(planner: Emission, work: Work) {
    this.#planner = planner;
    this.#work = work;
    this.#written = new Set(work.writes.map(({ leaf }) => leaf));
    for (const { leaf, value } of work.writes) this.#targets.set(canonical(value), leaf);
    this.#updated = new Map(work.written.map(({ leaf, value }) => [value, leaf]));
  }

  /** The persistent tensor that stores this value at the end, and the value that its memory holds now. */
  targetOf(value: Value): { leaf: Persistent; holds: Value | null } | null {
    const leaf = this.#targets.get(value);
    return leaf ? { leaf, holds: this.#holding(leaf) } : null;
  }
  nowHolds(leaf: Persistent, value: Value): void {
    this.#holds.set(leaf, value);
    this.#planner.put(value, this.#planner.home(leaf));
  }

  /** See Lowering. */
  overwrite(old: Value, node: Node, i: number): Operand {
    const base = canonical(old);
    const value = node.out(i);
    const leaf = this.#updated.get(value);
    const stored = leaf !== undefined && this.#written.has(leaf);
    const operand = stored ? this.#take(leaf, base, node) : this.#planner.copyOf(this.#planner.read(base));
    this.#planner.put(value, operand);
    if (stored) this.#holds.set(leaf, value);
    return operand;
  }

  /** Ends the step: stores every persistent tensor whose memory does not hold its final value yet. */
  storeAll(): void {
    for (const { leaf, value } of this.#work.writes) this.#store(leaf, value);
  }

  /** The tensor's memory, holding `old` and free to be overwritten; a value that is still needed is copied first. */
  #take(leaf: Persistent, old: Value, node: Node): Operand {
    const home = this.#planner.home(leaf);
    const holds = this.#holding(leaf);
    if (holds && this.#planner.pending(holds, (reader) => reader === node))
      this.#planner.put(holds, this.#planner.copyOf(home));
    if (holds !== old) this.#planner.copyInto(this.#planner.read(old), home);
    return home;
  }

  #store(leaf: Persistent, value: Value): void {
    const base = canonical(value);
    if (this.#holding(leaf) === base) return;
    const planner = this.#planner;
    const home = planner.home(leaf);
    const holds = this.#holding(leaf);
    const uniform = planner.uniform(base);
    const from = uniform ? null : planner.read(base);
    if (holds && planner.pending(holds, () => false)) planner.put(holds, planner.copyOf(home));
    if (from) planner.copyInto(from, home);
    else if (uniform) planner.fill(home, uniform);
    this.#holds.set(leaf, base);
  }

  #holding(leaf: Persistent): Value | null {
    const held = this.#holds.get(leaf);
    if (held) return held;
    const node = leaf.node;
    return node && this.#work.nodes[node.index] === node ? node.out() : null;
  }
}
