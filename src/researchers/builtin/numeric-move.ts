// A change of numbers alone, as it is found, said and run.
import type { Dimension } from "../source/space.ts";

export interface NumericMove {
  readonly source: string;
  readonly changes: readonly { readonly dimension: Dimension; readonly to: number }[];
  /** How it was found, which its hypothesis says. */
  readonly reason: "screening" | "going on" | "regression" | "search";
}
