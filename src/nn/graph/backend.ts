// What executes recorded steps: the GPU, or the float64 reference.

import type { Node, Value } from "./graph.ts";
import type { HostArray, Persistent } from "./leaf.ts";
import type { StructureNode } from "./structure-trie.ts";

/** "mixed": activations and their gradients may be stored in f16; everything is computed in f32. */
export type Precision = "f32" | "mixed";

/** A step, or one value of it. */
export interface Work {
  /** The tape, in topological order. */
  readonly nodes: readonly Node[];
  /** The name of the script whose lines the nodes know, for errors. */
  readonly source: string | null;
  /** The tape's structure, for finding its plan again. */
  readonly place: StructureNode;
  /** Grows when persistent tensors move in memory. */
  readonly layout: number;
  readonly wanted: readonly Value[];
  /** Whether it ends the step: what was written is stored. Else it asks for values only. */
  readonly stores: boolean;
  /** What is stored, if it is: persistent tensors and the values they get. All are computed before any is written. */
  readonly writes: readonly Write[];
  /** Every write that was recorded, in order: also those that a later one of the step replaces. */
  readonly written: readonly Write[];
  readonly precision: Precision;
  /** Where on the tape each call of `backward` began and ended, in turn: what lies between are gradients. */
  readonly backwards: readonly number[];
}

export interface Write {
  readonly leaf: Persistent;
  readonly value: Value;
}

export interface Backend {
  /** Starts the work (throwing at once what planning finds) and resolves with the wanted values. */
  execute(work: Work): Promise<HostArray[]>;
  /** Makes everything `execute` will need, without running it. */
  prepare(work: Work, onProgress?: (done: number, total: number) => void): Promise<void>;
  /** Frees persistent tensors and plans. */
  forget(): void;
}
