// Where the time of the incumbent's step goes, in the words of nn's profile, for researchers and the page. The figures
// come from the trainer and are untrusted; the peak for comparison is the lab's own measurement.
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
  // The profile sums dispatches itself, so a sum over `count` of them is passed as `count` equal ones.
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
      memory: {
        ...memory,
        persistent: memory.parameters + memory.state,
        temporary: memory.kept + memory.activations,
      },
      ...(steps > 0 && seconds > 0 ? { stepMs: (1000 * seconds) / steps } : {}),
    },
    rows,
  );
}

/** A count is untrusted too, and must not fill the lab's memory. */
const MAX = 10_000;
