// Which kernels a study runs with. They are measured in its first run on an adapter and fixed from then on, so that the
// same train.ts and seed give the same weights there again; the record of that run keeps them.

import { LabError } from "../../error.ts";
import { parseTuning, type Tuning } from "../../nn/index.ts";

/** The tunings that these records or runs measured, in their order: the first of each adapter counts. */
export function tuningsOf(records: readonly { readonly tuning?: Tuning }[]): Tuning[] {
  return records.flatMap(({ tuning }) => {
    const sound = tuning === undefined ? null : soundOf(tuning);
    return sound === null ? [] : [sound];
  });
}

/** The value as a tuning, or null: a study from elsewhere may hold any value. */
function soundOf(value: unknown): Tuning | null {
  try {
    return parseTuning(value);
  } catch (error) {
    if (error instanceof LabError && error.code === "value") return null;
    throw error;
  }
}
