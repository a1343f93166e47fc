// Where the time of a training step goes: the engine runs one step more for it when training is over.
import { type StepProfile, sumKernels } from "../../nn/index.ts";
import { MAX_KERNELS } from "../contract/protocol.ts";
import type { StepFigures } from "../contract/types.ts";

/** Steps longer than this [ms] are not run once more for the sake of figures. */
export const LONGEST_STEP = 4000;

/** Sums by kernel, slowest first; beyond `MAX_KERNELS` entries the last one sums all others. */
export function stepFigures({ kernels, modelFlops, memory }: StepProfile): StepFigures {
  const files = new Map(kernels.map(({ label, file }) => [label, file]));
  const sums = sumKernels(kernels).map((sum) => ({
    label: sum.label.slice(0, 100),
    file: (files.get(sum.label) ?? "").slice(0, 100),
    ms: round(sum.ms),
    count: sum.count,
    flops: Math.round(sum.flops),
    bytes: Math.round(sum.bytes),
  }));
  const shown = sums.slice(0, MAX_KERNELS - 1);
  const rest = sums.slice(MAX_KERNELS - 1);
  const add = (pick: (one: (typeof sums)[number]) => number) => rest.reduce((all, one) => all + pick(one), 0);
  const others = {
    label: "others",
    file: "",
    ms: round(add(({ ms }) => ms)),
    count: add(({ count }) => count),
    flops: add(({ flops }) => flops),
    bytes: add(({ bytes }) => bytes),
  };
  return {
    kernels: rest.length === 0 ? shown : [...shown, others],
    modelFlops: Math.round(modelFlops),
    memory,
  };
}

const round = (ms: number): number => Number(ms.toFixed(4));
