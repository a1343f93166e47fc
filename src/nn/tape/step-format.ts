// A step as data. A new structure crosses once, as a tape of its operations; after that only the number of its plan and
// what fills its slots: numbers, and host data that changed.

import type { Precision } from "../graph/backend.ts";
import type { Attrs } from "../graph/graph.ts";
import type { HostArray } from "../graph/leaf.ts";
import type { DType, Shape } from "../values/shape.ts";

export const TAPE_VERSION = 1;

/** Nodes of one step; the seed's has about 700. */
export const MAX_STEP_NODES = 80_000;
/** Plans a session may name; with one more the recorder forgets all of them. */
export const MAX_SESSION_PLANS = 256;
/** Persistent tensors of one session. */
export const MAX_PERSISTENTS = 20_000;
/** Elements of all tensors that one request asks for. */
export const MAX_WANTED = 2 ** 24;
/** Batches of one session that may be told apart, and tokens in all of them. */
export const MAX_BATCHES = 4096;
export const MAX_BATCH_TOKENS = 2 ** 27;

/** "x": tokens of a batch; "y": the token after each. */
export type Side = "x" | "y";

/** A node of a tape. Inputs are earlier nodes: [node, output]. */
export type TapeNode =
  /** A persistent tensor as it is here: at the start of the step, or after the write before. */
  | { readonly op: "read"; readonly of: number; readonly line: number }
  /** Host data; how many there are before it says which slot it is. */
  | { readonly op: "data"; readonly shape: Shape; readonly dtype: DType; readonly line: number }
  /** Tokens of one of the session's batches, or those that follow each of them. */
  | { readonly op: "batch"; readonly batch: number; readonly side: Side; readonly line: number }
  | {
      readonly op: string;
      readonly inputs: readonly (readonly [node: number, output: number])[];
      readonly attrs: Attrs;
      /** Whether a gradient may flow through it. */
      readonly grad: boolean;
      readonly line: number;
    };

/** Plain JSON. */
export interface StepTape {
  readonly version: number;
  readonly nodes: readonly TapeNode[];
  /** In order: `at` is how many nodes were recorded before. */
  readonly writes: readonly {
    readonly at: number;
    readonly to: readonly number[];
    readonly values: readonly (readonly [node: number, output: number])[];
  }[];
  /** What is read back. */
  readonly wanted: readonly (readonly [node: number, output: number])[];
  /** Whether it ends the step: what was written is stored. */
  readonly stores: boolean;
  readonly precision: Precision;
  /** Nodes before and after each gradient, in turn. */
  readonly backwards: readonly number[];
}

/** What happened to the persistent tensors, which are numbered as they are made. */
export type StateChange =
  | {
      readonly type: "made";
      readonly shape: Shape;
      readonly trainable: boolean;
      /** Null: zeros. */
      readonly initial: Float32Array | null;
      readonly line: number;
    }
  /** Several lie together, in this order. */
  | { readonly type: "grouped"; readonly members: readonly number[] };

/** What a data slot holds: its content, or null where it holds what it held when this plan was asked for last. */
export type SlotContent = HostArray | null;

/** Text that the session is to draw before a step: which of its batches holds it, and how many rows that has. */
export interface DrawnBatch {
  readonly batch: number;
  readonly rows: number;
}

/** One step, or values asked for within it. */
export interface StepRequest {
  readonly changes: readonly StateChange[];
  readonly draws: readonly DrawnBatch[];
  /** Plans before this request are not named again. */
  readonly forget: boolean;
  readonly plan: number;
  /** A StepTape as JSON, the first time the plan is named. */
  readonly tape: string | null;
  /** Of all nodes, in order. */
  readonly numbers: Float64Array;
  readonly data: readonly SlotContent[];
}
