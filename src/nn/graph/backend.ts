// The interface of a backend, which executes recorded steps: the GPU, or the float64 reference.

import type { Node, Value } from "./graph.ts";
import type { HostArray, Persistent } from "./leaf.ts";
import type { StructureNode } from "./structure-trie.ts";

/** "mixed": activations and their gradients may be stored in f16; everything is computed in f32. */
export type Precision = "f32" | "mixed";

/** A step, or one value of it. */
export interface Work {
  /** The tape, in topological order. */
  readonly nodes: readonly Node[];
  /** Name of the script to which the lines of the nodes belong, for errors. */
  readonly source: string | null;
  /** The structure of the tape: the key of its plan. */
  readonly place: StructureNode;
  /** Grows when persistent tensors move in memory. */
  readonly layout: number;
  readonly wanted: readonly Value[];
  /** Whether this work ends the step and stores its writes. Else it only computes the wanted values. */
  readonly stores: boolean;
  /** The writes to store: persistent tensors and their new values. All are computed before any is written. */
  readonly writes: readonly Write[];
  /** Every recorded write, in order: also those that a later write of the step replaces. */
  readonly written: readonly Write[];
  readonly precision: Precision;
  /** Tape indices at which each call of `backward` began and ended, alternating: the nodes between are gradients. */
  readonly backwards: readonly number[];
}

export interface Write {
  readonly leaf: Persistent;
  readonly value: Value;
}

export interface Backend {
  /** Starts the work and resolves with the wanted values. Errors of planning are thrown at once. */
  execute(work: Work): Promise<HostArray[]>;
  /** Plans and compiles the work without running it. */
  prepare(work: Work, onProgress?: (done: number, total: number) => void): Promise<void>;
  /** Frees persistent tensors and plans. */
  forget(): void;
}
