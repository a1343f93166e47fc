// Messages to and from the worker that reads a Parquet file.
import type { LabErrorCode } from "../../error.ts";
import type { Lines } from "../../prepare/index.ts";

export type ToParquet =
  { readonly type: "open"; readonly name: string; readonly file: Blob } | { readonly type: "next" };
export type FromParquet =
  | ({ readonly type: "lines" } & Lines)
  | { readonly type: "end" }
  | { readonly type: "refused"; readonly code: LabErrorCode; readonly message: string };
