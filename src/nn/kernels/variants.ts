// Kernels that compute the same in several ways, and which of them is taken: the one measured best on this adapter for
// shapes of this class, else the first. A choice can change how fast a step is, and nothing else.

import { LabError } from "../../error.ts";
import type { Capabilities, Kernel } from "./kernel.ts";

/** The name measured best, by class. */
export type Choices = ReadonlyMap<string, string>;

export interface Candidate {
  /** Of a fixed list for each family: what is remembered, and what may come back from a sandbox. */
  readonly name: string;
  readonly make: () => Kernel;
}

/** What a tuner needs to know of a kernel that could have been another. All candidates bind and write the same. */
export interface Choice {
  /** `matmul nt 1024x512x128`: sizes rounded to powers of two, so that near shapes share a measurement. */
  readonly key: string;
  readonly candidates: readonly Candidate[];
  /** The candidate that all others must agree with. */
  readonly plain: string;
}

/** The chosen candidate's kernel. `candidates` has the default first. */
export function choose(caps: Capabilities, choice: Choice): Kernel {
  const { key, candidates } = choice;
  const wanted = caps.choices?.get(key);
  const candidate = candidates.find(({ name }) => name === wanted) ?? candidates[0];
  if (candidate === undefined) throw new LabError("internal", `${key}: no candidate`);
  const kernel = candidate.make();
  return candidates.length === 1 ? kernel : { ...kernel, choice };
}

/** The power of two nearest to a size, by ratio. */
export function rounded(size: number): number {
  return 2 ** Math.round(Math.log2(size));
}
