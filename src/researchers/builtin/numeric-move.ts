// The type of a move that changes only numbers.
import type { Dimension } from "../source/space.ts";

export interface NumericMove {
  readonly source: string;
  readonly changes: readonly { readonly dimension: Dimension; readonly to: number }[];
  /** The method that found it; the hypothesis names it. */
  readonly reason: "screening" | "going on" | "regression" | "search";
  /** The regression expects more of these changes together than of any of them alone. */
  readonly together?: boolean;
  /** The change of the score that the regression expects [bits per byte]. */
  readonly expected?: number;
}
