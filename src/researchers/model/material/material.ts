// The input of the prompt's sections.

import type { Brief } from "../../researcher.ts";
import type { Facts } from "./facts.ts";
import type { Fence } from "./quote-untrusted.ts";

export interface Material {
  readonly brief: Brief;
  readonly facts: Facts;
  readonly fence: Fence;
  /** The name of this researcher in the notebook. */
  readonly self: string;
  /** The remaining money in words, or "" when the price is unknown. */
  readonly money: string;
  /** Experiments without a gain after which the prompt asks for structural changes. */
  readonly patience: number;
}
