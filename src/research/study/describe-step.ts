// The time of the incumbent's training step by kernel, as text for researchers and the page. The engine measured it.
import { describeProfile } from "../../nn/index.ts";
import type { StoredRecord } from "../contract/experiment.ts";

/** Null where the step was not measured. `flopsPerSecond`: the adapter's measured rate; null: not measured. */
export function describeStep(
  { step, steps, seconds }: Pick<StoredRecord, "step" | "steps" | "seconds">,
  flopsPerSecond: number | null,
  rows = 12,
): string | null {
  if (step === undefined) return null;
  const { modelFlops, memory } = step;
  // The profile adds dispatches up, so an entry of `count` dispatches becomes as many equal ones.
  const kernels = step.kernels.flatMap(({ label, file, ms, count, flops, bytes }) =>
    Array.from({ length: Math.min(count, MAX) }, () => {
      const part = 1 / Math.min(count, MAX);
      return { label, file, ms: ms * part, flops: flops * part, bytes: bytes * part };
    }),
  );
  return describeProfile(
    {
      kernels,
      modelFlops,
      peak: { flopsPerSecond, bytesPerSecond: null },
      memory,
      ...(steps > 0 && seconds > 0 ? { stepMs: (1000 * seconds) / steps } : {}),
    },
    rows,
  );
}

/** Bounds the text: an old record may have any count. */
const MAX = 10_000;
