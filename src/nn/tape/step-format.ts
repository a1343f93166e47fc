// A step as data. A new structure crosses once, as a tape of its operations; later steps send only the number of its
// plan and the content of its slots: numbers, and host data that changed.

import type { Precision } from "../graph/backend.ts";
import type { Attrs } from "../graph/graph.ts";
import type { HostArray } from "../graph/leaf.ts";
import type { DType, Shape } from "../values/shape.ts";

export const TAPE_VERSION = 1;

/** Nodes of one step; the seed's has about 700. */
export const MAX_STEP_NODES = 80_000;
/** Plans of one session; before one more the recorder drops all of them. */
export const MAX_SESSION_PLANS = 256;
/** Persistent tensors of one session. */
export const MAX_PERSISTENTS = 20_000;
/** Elements of all tensors that one request reads back. */
export const MAX_WANTED = 2 ** 24;
/** Different batches of one session, and tokens in all of them. */
export const MAX_BATCHES = 4096;
export const MAX_BATCH_TOKENS = 2 ** 27;

/** "x": tokens of a batch; "y": the token after each. */
export type Side = "x" | "y";

/** A node of a tape. Inputs are earlier nodes: [node, output]. */
export type TapeNode =
  /** The value of a persistent tensor at this point: from the start of the step, or from the last write. */
  | { readonly op: "read"; readonly of: number; readonly line: number }
  /** Host data; its slot is the number of data nodes before it. */
  | { readonly op: "data"; readonly shape: Shape; readonly dtype: DType; readonly line: number }
  /** Tokens of one of the session's batches, or the token after each. */
  | { readonly op: "batch"; readonly batch: number; readonly side: Side; readonly line: number }
  | {
      readonly op: string;
      readonly inputs: readonly (readonly [node: number, output: number])[];
      readonly attrs: Attrs;
      /** Whether a gradient may flow through the node. */
      readonly grad: boolean;
      readonly line: number;
    };

/** Plain JSON. */
export interface StepTape {
  readonly version: number;
  readonly nodes: readonly TapeNode[];
  /** In order; `at` is the number of nodes recorded before the write. */
  readonly writes: readonly {
    readonly at: number;
    readonly to: readonly number[];
    readonly values: readonly (readonly [node: number, output: number])[];
  }[];
  /** The values to read back. */
  readonly wanted: readonly (readonly [node: number, output: number])[];
  /** Whether this tape ends the step, so that its writes are stored. */
  readonly stores: boolean;
  readonly precision: Precision;
  /** Number of nodes before and after each gradient, alternating. */
  readonly backwards: readonly number[];
}

/** A change of the persistent tensors, which are numbered in the order of their creation. */
export type StateChange =
  | {
      readonly type: "made";
      readonly shape: Shape;
      readonly trainable: boolean;
      /** Null: zeros. */
      readonly initial: Float32Array | null;
      readonly line: number;
    }
  /** These tensors are adjacent in memory, in this order. */
  | { readonly type: "grouped"; readonly members: readonly number[] };

/** The content of a data slot; null: unchanged since the last request of this plan. */
export type SlotContent = HostArray | null;

/** A batch that the session must draw before a step: its number, and its rows. */
export interface DrawnBatch {
  readonly batch: number;
  readonly rows: number;
}

/** One step, or values to read within it. */
export interface StepRequest {
  readonly changes: readonly StateChange[];
  readonly draws: readonly DrawnBatch[];
  /** Whether the session may drop all earlier plans. */
  readonly forget: boolean;
  readonly plan: number;
  /** A StepTape as JSON in the first request of this plan, else null. */
  readonly tape: string | null;
  /** The numbers of all nodes, in order. */
  readonly numbers: Float64Array;
  readonly data: readonly SlotContent[];
}
