// What a graph starts from: persistent tensors (parameters and state, which live on the device from step to step)
// and data (host arrays, uploaded when they change).

import { assert } from "../../error.ts";
import type { Node, Value } from "./graph.ts";
import type { DType, Shape } from "../values/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

export type Leaf = Persistent | Data;
export type HostArray = Float32Array | Uint32Array;

/** A tensor that outlives the step. Its storage belongs to the backend. */
export interface Persistent {
  readonly kind: "persistent";
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether gradients are collected for it. */
  readonly trainable: boolean;
  /** Values still to be uploaded; null once the device has them, or for zeros. */
  initial: HostArray | null;
  /** The step that last wrote it: what was computed from it before that is stale. */
  changed: number;
  /** Optimizers that update it. */
  optimizers: number;
  /** Whether a gradient ever reached it. */
  graded: boolean;
  /** The Tensor that collects its gradients. */
  owner: Tensor | null;
  /** Its node on the tape: its value at the start of the step. */
  node: Node | null;
  /** What was written to it last, in which step, and what a read has given since then. */
  assigned: Value | null;
  assignedEpoch: number;
  current: Value | null;
  /** Where it lies: with others, when an optimizer updates them together. */
  group: Group;
  /** Its place among the group's members. */
  slot: number;
  /** Set when the engine was reset: every later use is an error. */
  dead: boolean;
  /** The line of train.ts that made it, 0 where that is not known. */
  readonly line: number;
}

/** Persistent tensors in one buffer, in order, each aligned to 256 bytes. */
export interface Group {
  readonly id: number;
  readonly members: readonly Persistent[];
  /** In elements. */
  readonly offsets: readonly number[];
  readonly total: number;
}

/** Where a persistent tensor starts in its group's buffer, in elements. */
export function offsetOf({ group, slot }: Pick<Persistent, "group" | "slot">): number {
  const offset = group.offsets[slot];
  assert(offset !== undefined, `group ${group.id} of ${group.offsets.length} tensors has no slot ${slot}`);
  return offset;
}

/** Lays tensors of the given element counts out one after the other. */
export function layOut(counts: readonly number[]): { offsets: readonly number[]; total: number } {
  let total = 0;
  const offsets = counts.map((count) => {
    const offset = total;
    total += Math.ceil(count / 64) * 64;
    return offset;
  });
  return { offsets, total };
}

/** A host array as a leaf. A fresh one each step is a slot of the plan; an unchanged one is uploaded once. */
export interface Data {
  readonly kind: "data";
  readonly shape: Shape;
  readonly dtype: DType;
  array: HostArray;
  /** Counts every new content over the whole process, so that a slot knows what it holds. */
  version: number;
  changed: number;
  node: Node | null;
}

let versions = 0;
export function nextVersion(): number {
  return ++versions;
}
