// What the sections of a prompt are made of.

import type { Brief } from "../../researcher.ts";
import type { Facts } from "./facts.ts";
import type { Fence } from "./quote-untrusted.ts";

/** What the sections are made of. */
export interface Material {
  readonly brief: Brief;
  readonly facts: Facts;
  readonly fence: Fence;
  /** The researcher that is asked, as the notebook names it. */
  readonly self: string;
  /** Money in words, or "" when nothing is metered. */
  readonly money: string;
  /** Experiments without a gain after which the brief turns structural. */
  readonly patience: number;
}
