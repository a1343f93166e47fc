// Selects one of several kernels that compute the same result: the fastest that the tuner measured on this adapter for
// this class of shapes, else the first. A choice changes only the speed of a step.

import type { Choice, Capabilities, Kernel } from "./kernel.ts";
import { LabError } from "../../error.ts";

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
