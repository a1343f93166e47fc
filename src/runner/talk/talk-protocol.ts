// Messages between the page and the worker of a conversation. Both come from one build.
import type { LabErrorCode } from "../../error.ts";
import type { ModelFacts } from "./model-file.ts";
import type { Request, Written } from "./writer.ts";

/** Two models at most, beside each other. */
export type Side = 0 | 1;

export type ToTalk =
  /** A safetensors file of the lab; null: this side is empty. */
  | { readonly type: "load"; readonly id: number; readonly side: Side; readonly file: ArrayBuffer | null }
  | { readonly type: "write"; readonly id: number; readonly request: Request }
  | { readonly type: "stop" };

/** Why a side stopped writing: its count, its stop text, or the reader. */
export type Ending = "count" | "stop" | "reader";

export type FromTalk =
  | { readonly type: "loaded"; readonly id: number; readonly facts: ModelFacts | null }
  | { readonly type: "token"; readonly id: number; readonly side: Side; readonly written: Written }
  | { readonly type: "ended"; readonly id: number; readonly side: Side; readonly why: Ending }
  | { readonly type: "done"; readonly id: number }
  | { readonly type: "refused"; readonly id: number; readonly code: LabErrorCode; readonly message: string };
