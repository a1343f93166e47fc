// The leaves of a graph: persistent tensors (parameters and state, which stay on the device from step to step) and data
// (host arrays, uploaded when they change).

import { assert } from "../../error.ts";
import type { Node, Value } from "./graph.ts";
import type { DType, Shape } from "../values/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

export type Leaf = Persistent | Data;
export type HostArray = Float32Array | Uint32Array;

/** A tensor that persists from step to step. The backend owns its storage. */
export interface Persistent {
  readonly kind: "persistent";
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
  /** Whether gradients are collected for it. */
  readonly trainable: boolean;
  /** Values to upload; null after the upload, and for zeros. */
  initial: HostArray | null;
  /** The step that last wrote it: values computed from it before that are stale. */
  changed: number;
  /** Number of optimizers that update it. */
  optimizers: number;
  /** Whether a gradient ever reached it. */
  graded: boolean;
  /** The Tensor that collects its gradients. */
  owner: Tensor | null;
  /** Its node on the tape: its value at the start of the step. */
  node: Node | null;
  /** The value written last, the step of that write, and the value of reads since then. */
  assigned: Value | null;
  assignedEpoch: number;
  current: Value | null;
  /** The group in whose buffer it lies: tensors that an optimizer updates together share one. */
  group: Group;
  /** Its index in the members of the group. */
  slot: number;
  /** Set when the engine is reset: every later use throws an error. */
  dead: boolean;
  /** The line of train.ts that created it, 0 if unknown. */
  readonly line: number;
}

/** Persistent tensors in one buffer, in order, each aligned to 256 bytes. */
export interface Group {
  readonly id: number;
  readonly members: readonly Persistent[];
  /** Offsets of the members in the buffer, in elements. */
  readonly offsets: readonly number[];
  readonly total: number;
}

/** Offset of a persistent tensor in its group's buffer, in elements. */
export function offsetOf({ group, slot }: Pick<Persistent, "group" | "slot">): number {
  const offset = group.offsets[slot];
  assert(offset !== undefined, `group ${group.id} of ${group.offsets.length} tensors has no slot ${slot}`);
  return offset;
}

/** Offsets for tensors of the given element counts, laid out one after the other. */
export function layOut(counts: readonly number[]): { offsets: readonly number[]; total: number } {
  let total = 0;
  const offsets = counts.map((count) => {
    const offset = total;
    total += Math.ceil(count / 64) * 64;
    return offset;
  });
  return { offsets, total };
}

/** A host array as a leaf. A plan has a slot for it, to which only changed contents are uploaded. */
export interface Data {
  readonly kind: "data";
  readonly shape: Shape;
  readonly dtype: DType;
  array: HostArray;
  /** A new number for each new content, unique in the process: a slot compares it to detect changes. */
  version: number;
  changed: number;
  node: Node | null;
}

let versions = 0;
export function nextVersion(): number {
  return ++versions;
}
