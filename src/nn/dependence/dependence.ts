// The result of the analysis in forward/analyse.ts: on which tokens the logits of a recorded forward pass can depend.

/** The result of the analysis for one question. */
export type Finding =
  | { readonly status: "proved" }
  /**
   * "violated": the analysis followed every operation and found a forbidden dependency (it may still be vacuous, as in
   * x * 0, so a probe decides). "unknown": an operation cannot be followed, such as `nn.kernel`.
   */
  | {
      readonly status: "violated" | "unknown";
      /** The node of the graph at fault. */
      readonly node: number;
      /** One clause that names the operation: "reduce mixes positions 0 to 127". */
      readonly detail: string;
    };

/** The results of the analysis of one forward pass from [B, T] to [B, T, V]. */
export interface Dependence {
  /** Every logit depends on tokens of its own row only. */
  readonly rows: Finding;
  /** No logit at position t depends on a token after t. */
  readonly time: Finding;
}
